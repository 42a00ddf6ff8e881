// One gibibyte of anything, whatever it begins with, is refused by each reader of outside bytes: at once, and in little memory.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <functional>

#include "crypto/ocsp.h"
#include "evidence/azure/hcl_report.h"
#include "evidence/cca/verify.h"
#include "evidence/corim/verify.h"
#include "evidence/describe.h"
#include "evidence/google/launch_endorsement.h"
#include "evidence/intel/collateral.h"
#include "evidence/intel/quote.h"
#include "evidence/nitro/document.h"
#include "evidence/nvidia/report.h"
#include "evidence/nvidia/rim.h"
#include "evidence/snp/certificate_table.h"
#include "evidence/snp/report.h"
#include "evidence/tokens/detached_eat.h"
#include "evidence/tpm/ak_certificate.h"
#include "evidence/tpm/enrolled_keys.h"
#include "evidence/tpm/event_log.h"
#include "evidence/verify.h"
#include "formats/protobuf.h"

namespace cloister::evidence {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;
constexpr std::size_t kGibibyte = std::size_t{1} << 30;

// The same mebibyte 1024 times over: it takes address space, not memory.
class Gibibyte {
 public:
  explicit Gibibyte(std::string_view pattern) {
    const int file = memfd_create("gibibyte", MFD_CLOEXEC);
    std::string chunk;
    while (chunk.size() < kChunk) chunk += pattern;
    CHECK(file >= 0 && write(file, chunk.data(), kChunk) == static_cast<ssize_t>(kChunk));
    void* const place = mmap(nullptr, kGibibyte, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(place != MAP_FAILED);
    start_ = static_cast<std::uint8_t*>(place);
    for (std::size_t at = 0; at < kGibibyte; at += kChunk) {
      CHECK(mmap(start_ + at, kChunk, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0) != MAP_FAILED);
    }
    close(file);
  }
  ~Gibibyte() { munmap(start_, kGibibyte); }
  Gibibyte(const Gibibyte&) = delete;
  Gibibyte& operator=(const Gibibyte&) = delete;
  ByteSpan bytes() const { return {start_, kGibibyte}; }

 private:
  std::uint8_t* start_;
};

struct Reader {
  const char* name;
  std::function<bool(ByteSpan)> takes;
};

std::vector<Reader> Readers() {
  const Time now = FromUnixSeconds(1'773'532'800);
  return {
      {"DetectEvidence", [](ByteSpan b) { return DetectEvidence(b).has_value(); }},
      {"SNP report", [](ByteSpan b) { return ParseSnpReport(b).has_value(); }},
      {"SNP certificate table", [](ByteSpan b) { return ParseSnpCertificateTable(b).has_value(); }},
      {"Intel quote", [](ByteSpan b) { return ParseIntelQuote(b).has_value(); }},
      {"TCB info", [](ByteSpan b) { return ParseTcbInfo(AsText(b)).has_value(); }},
      {"QE identity", [](ByteSpan b) { return ParseQeIdentity(AsText(b)).has_value(); }},
      {"Nitro document", [](ByteSpan b) { return ParseNitroDocument(b).has_value(); }},
      {"CCA token", [](ByteSpan b) { return ParseCcaToken(b).has_value(); }},
      {"CCA keys", [](ByteSpan b) { return CcaPlatformKeys::ParseTrusteeStore(AsText(b)).has_value(); }},
      {"NVIDIA report", [](ByteSpan b) { return ParseNvidiaReport(b).has_value(); }},
      {"RIM", [=](ByteSpan b) { return VerifyNvidiaRim(b, TrustAnchors::Vendors(), now).has_value(); }},
      {"event log", [](ByteSpan b) { return ParseEventLog(b).has_value(); }},
      {"TPM quote", [](ByteSpan b) { return ParseTpmQuote(b).has_value(); }},
      {"TPM signature", [](ByteSpan b) { return ParseTpmSignature(b).has_value(); }},
      {"TPM public area", [](ByteSpan b) { return ParseTpmPublic(b).has_value(); }},
      {"TPM keys", [](ByteSpan b) { return EnrolledTpmKeys::Parse(AsText(b)).has_value(); }},
      {"AK certificate", [](ByteSpan b) { return ParsePaddedCertificate(b).has_value(); }},
      {"GCE instance", [](ByteSpan b) { return ParseGceInstance(b).has_value(); }},
      {"HCL report", [](ByteSpan b) { return ParseHclReport(b).has_value(); }},
      {"HCL runtime data", [](ByteSpan b) { return ParseHclRuntimeData(b).has_value(); }},
      {"protobuf", [](ByteSpan b) { return formats::ProtobufMessage::Parse(b).has_value(); }},
      {"CoRIM", [](ByteSpan b) { return CorimFromUnverified(b).has_value(); }},
      {"RIM document", [](ByteSpan b) { return RimDocumentFromUnverified(b).has_value(); }},
      {"signed CoRIM",
       [=](ByteSpan b) {
         return VerifyCorim(b, {}, {.validity = CorimValidity::kNotLookedAt, .profile = std::nullopt}, now).has_value();
       }},
      {"launch endorsement", [=](ByteSpan b) { return VerifyLaunchEndorsement(b, {}, now).has_value(); }},
      {"JWT", [](ByteSpan b) { return token::ClaimsFromUnverifiedJwt(AsText(b)).has_value(); }},
      {"detached EAT", [](ByteSpan b) { return ParseDetachedEat(AsText(b)).has_value(); }},
      {"JSON", [](ByteSpan b) { return formats::Json::Parse(AsText(b)).has_value(); }},
      {"COSE", [](ByteSpan b) { return token::UnverifiedCose1::Parse(b, token::CoseForm::kAny).has_value(); }},
      {"certificate", [](ByteSpan b) { return crypto::Certificate::ParseDer(b).has_value(); }},
      {"PEM chain", [](ByteSpan b) { return crypto::Certificate::ParsePemChain(AsText(b)).has_value(); }},
      {"revocation list", [](ByteSpan b) { return crypto::Crl::ParseDer(b).has_value(); }},
      {"OCSP answer", [](ByteSpan b) { return crypto::OcspResponse::ParseDer(b).has_value(); }},
      {"simulated anchors", [](ByteSpan b) { return SimulatedAnchors::Parse(AsText(b)).has_value(); }},
  };
}

std::size_t PeakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) << 10;
}

TEST(OneGibibyte, IsRefusedAtOnceAndInLittleMemory) {
  // White space, JSON, CBOR of no stated length, DER, protobuf, a JWT's letters and dots, PEM, and zeros.
  constexpr std::string_view kPatterns[] = {" ", "[", "\"", "\x9f", "\x30\x84\x3f\xff\xff\xfa", "\x08\x01", "eyJ.", "<a>", "-----BEGIN CERTIFICATE-----\n"};
  for (const std::string_view pattern : kPatterns) {
    const Gibibyte gibibyte(pattern);
    for (const Reader& reader : Readers()) {
      const std::size_t before = PeakMemory();
      const auto start = std::chrono::steady_clock::now();
      EXPECT_FALSE(reader.takes(gibibyte.bytes())) << reader.name << ", " << pattern;
      EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500)) << reader.name << ", " << pattern;
      EXPECT_LT(PeakMemory() - before, std::size_t{64} << 20) << reader.name << ", " << pattern;
    }
  }
}

}  // namespace
}  // namespace cloister::evidence
