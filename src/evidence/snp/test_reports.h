// For the tests of VerifySnp: reports of the simulated processor and a real one, verified as they usually are.
#pragma once

#include "evidence/snp/testing.h"

namespace cloister::evidence {

inline SnpEvidence EvidenceOf(const SimulatedSnpProcessor& processor, const SnpReport& report) {
  return {.report = processor.Sign(report), .certificates = processor.Certificates()};
}

inline SnpReport GoodReport(const SimulatedSnpProcessor& processor = TestProcessor()) {
  return processor.Report(SimulatedSnpGuest{}, TestNonce(), 0);
}

inline Result<VerifiedSnp> Verify(const SnpEvidence& evidence, const SimulatedSnpProcessor& processor = TestProcessor(),
                                  Time at = kTestNow) {
  return VerifySnp(evidence, {}, AnchorsNaming(processor), Expecting(TestNonce()), at);
}

// The code of the refusal of a report that the processor itself signed.
inline ErrorCode CodeOfSigned(const SnpReport& report) {
  const auto verified = Verify(EvidenceOf(TestProcessor(), report));
  return verified ? ErrorCode::kInternal : verified.error().code();
}

struct RealCase {
  SnpEvidence evidence;
  SnpCollateral collateral;
};

inline RealCase Milan() {
  return {{.report = Vector("snp/milan-v3-cleanroom/report.bin"),
           .certificates = {{SnpCertificateType::kVcek, Vector("snp/milan-v3-cleanroom/vcek.der")}}},
          {{{SnpCertificateType::kAsk, Vector("_common/amd_sev_milan.der")},
            {SnpCertificateType::kArk, Vector("_common/amd_ark_milan.der")},
            {SnpCertificateType::kCrl, Vector("_common/amd_crl_ark_milan.crl")}}}};
}

inline Result<VerifiedSnp> VerifyReal(const RealCase& real, Time at = kTestNow) {
  const auto report_data = ToArray<64>(ByteSpan(real.evidence.report).subspan(0x50, 64));
  return VerifySnp(real.evidence, real.collateral, TrustAnchors::Vendors(), Expecting(*report_data), at);
}

}  // namespace cloister::evidence
