#include "evidence/snp/simulated.h"

#include <algorithm>

namespace cloister::evidence {
namespace {

using crypto::CertificateBuilder;
using crypto::SignatureAlgorithm;
using crypto::SigningKey;

std::string Oid(std::string_view suffix) { return "1.3.6.1.4.1.3704.1." + std::string(suffix); }

Bytes DerInteger(std::uint8_t value) {
  return value < 0x80 ? Bytes{0x02, 1, value} : Bytes{0x02, 2, 0, value};
}

Bytes DerIa5(std::string_view text) {
  const std::uint8_t head[] = {0x16, static_cast<std::uint8_t>(text.size())};
  return Concat({head, AsBytes(text)});
}

std::string_view ProductExtension(SnpProduct product) {
  return product == SnpProduct::kMilan ? "Milan-B0" : SnpProductName(product);
}

SnpCpuid CpuidOf(SnpProduct product) {
  switch (product) {
    case SnpProduct::kMilan: return {.family = 0x19, .model = 0x01, .stepping = 0x01};
    case SnpProduct::kGenoa: return {.family = 0x19, .model = 0x11, .stepping = 0x01};
    case SnpProduct::kTurin: return {.family = 0x1A, .model = 0x02, .stepping = 0x01};
  }
  CHECK(false);
}

CertificateBuilder Named(const crypto::VerifyingKey& key, const std::string& common_name, Time from, Time to) {
  CertificateBuilder builder(key);
  builder.AddSubjectAttribute("OU", "SIMULATED Engineering")
      .AddSubjectAttribute("O", "SIMULATED Advanced Micro Devices")
      .SubjectCommonName(common_name)
      .Validity(from, to);
  return builder;
}

Result<crypto::Certificate> MakeVcek(const SimulatedSnpOptions& options, ByteSpan chip_id, const SigningKey& key,
                                     const crypto::Certificate& ask, const SigningKey& ask_key) {
  const bool turin = options.product == SnpProduct::kTurin;
  CertificateBuilder builder =
      Named(key.Public(), "SIMULATED SEV-VCEK", options.not_before, options.vcek_not_after);
  builder.Serial(Bytes{0}).Plain();
  builder.Extension(Oid("1"), DerInteger(turin ? 1 : 0));
  builder.Extension(Oid("2"), DerIa5(ProductExtension(options.product)));
  if (turin) builder.Extension(Oid("3.9"), DerInteger(options.tcb.fmc));
  builder.Extension(Oid("3.1"), DerInteger(options.tcb.bootloader));
  builder.Extension(Oid("3.2"), DerInteger(options.tcb.tee));
  for (const std::string_view reserved : {"3.4", "3.5", "3.6", "3.7"}) builder.Extension(Oid(reserved), DerInteger(0));
  builder.Extension(Oid("3.3"), DerInteger(options.tcb.snp));
  builder.Extension(Oid("3.8"), DerInteger(options.tcb.microcode));
  builder.Extension(Oid("4"), ToBytes(chip_id.first(turin ? 8 : 64)));
  return builder.Sign(ask, ask_key);
}

}  // namespace

Result<SimulatedSnpProcessor> SimulatedSnpProcessor::Make(const SimulatedSnpOptions& options,
                                                          crypto::RandomSource& random) {
  TRY(EncodeSnpTcb(options.tcb, options.product));
  const std::string line(SnpProductName(options.product));
  const SigningKey ark_key = TRY(SigningKey::GenerateRsa(SignatureAlgorithm::kPs384, options.rsa_bits));
  const SigningKey ask_key = TRY(SigningKey::GenerateRsa(SignatureAlgorithm::kPs384, options.rsa_bits));
  SigningKey vcek_key = SigningKey::Generate(SignatureAlgorithm::kEs384);

  auto ark = TRY(Named(ark_key.Public(), "SIMULATED ARK-" + line, options.not_before, options.not_after)
                     .Serial(Bytes{1, 0, 0})
                     .CertificateAuthority(std::nullopt)
                     .SelfSign(ark_key));
  auto ask = TRY(Named(ask_key.Public(), "SIMULATED SEV-" + line, options.not_before, options.not_after)
                     .Serial(Bytes{1, 0, 1})
                     .CertificateAuthority(0)
                     .Sign(ark, ark_key));
  std::array<std::uint8_t, 64> chip_id{};
  random.Fill(MutableByteSpan(chip_id).first(options.product == SnpProduct::kTurin ? 8 : 64));
  auto vcek = TRY(MakeVcek(options, chip_id, vcek_key, ask, ask_key));
  crypto::CrlBuilder list;
  list.Updates(options.not_before, options.not_after);
  if (options.revoke_ask) list.Revoke(ask.Serial(), options.not_before);
  auto crl = TRY(list.Sign(ark, ark_key));
  auto revoking = TRY(list.Number(2).Revoke(ask.Serial(), options.not_before).Sign(ark, ark_key));
  return SimulatedSnpProcessor{.product = options.product, .tcb = options.tcb, .chip_id = chip_id,
                               .ark = std::move(ark), .ask = std::move(ask), .vcek = std::move(vcek),
                               .crl = std::move(crl), .vcek_key = std::move(vcek_key),
                               .revoking_crl = std::move(revoking)};
}

SnpReport SimulatedSnpProcessor::Report(const SimulatedSnpGuest& guest,
                                        const std::array<std::uint8_t, 64>& report_data, std::uint32_t vmpl) const {
  SnpReport report;
  report.version = 3;
  report.policy = guest.policy;
  report.vmpl = vmpl;
  report.platform_info = 0x25;  // SMT, ECC, alias check complete
  report.report_data = report_data;
  report.measurement = guest.measurement;
  report.host_data = guest.host_data;
  report.report_id = guest.report_id;
  report.report_id_ma.fill(0xFF);  // no migration agent
  const SnpTcbBytes bytes = *EncodeSnpTcb(tcb, product);
  report.current_tcb = report.reported_tcb = report.committed_tcb = report.launch_tcb = bytes;
  report.cpuid = CpuidOf(product);
  report.chip_id = chip_id;
  report.current = report.committed = {.major = 1, .minor = 55, .build = 29};
  return report;
}

Bytes SimulatedSnpProcessor::Sign(SnpReport report) const {
  const Bytes body = SerializeSnpReport(report);
  const Bytes signature = vcek_key.Sign(ByteSpan(body).first(kSnpSignedSize));
  CHECK(signature.size() == 96);
  std::reverse_copy(signature.begin(), signature.begin() + 48, report.signature_r.begin());
  std::reverse_copy(signature.begin() + 48, signature.end(), report.signature_s.begin());
  return SerializeSnpReport(report);
}

std::vector<SnpCertificate> SimulatedSnpProcessor::Certificates() const {
  return {{SnpCertificateType::kVcek, vcek.Der()},
          {SnpCertificateType::kAsk, ask.Der()},
          {SnpCertificateType::kArk, ark.Der()},
          {SnpCertificateType::kCrl, crl.Der()}};
}

SimulatedAnchors SimulatedSnpProcessor::Anchors() const {
  SimulatedAnchors anchors;
  const auto added = anchors.Add({product, ark});
  CHECK(added.has_value());
  return anchors;
}

}  // namespace cloister::evidence
