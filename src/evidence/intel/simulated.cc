#include "evidence/intel/simulated.h"

#include <algorithm>

namespace cloister::evidence {
namespace {

using crypto::Certificate;
using crypto::CertificateBuilder;
using crypto::SigningKey;

CertificateBuilder Named(const SigningKey& key, const std::string& role, const SimulatedIntelOptions& options,
                         std::uint8_t serial) {
  CertificateBuilder builder(key.Public());
  builder.AddSubjectAttribute("O", "SIMULATED Intel Corporation")
      .SubjectCommonName("SIMULATED Intel SGX " + role)
      .Validity(options.not_before, options.not_after)
      .Serial(Bytes{0x51, serial});
  return builder;
}

std::array<std::uint8_t, 64> ToSignature(const Bytes& signature) { return *ToArray<64>(signature); }

Result<crypto::Crl> MakeList(const SimulatedIntelOptions& options, std::uint64_t number,
                             std::span<const Certificate> revoked, const Certificate& issuer, const SigningKey& key) {
  crypto::CrlBuilder list;
  list.Updates(options.issue_date, options.next_update).Number(number);
  for (const Certificate& certificate : revoked) list.Revoke(certificate.Serial(), options.issue_date);
  return list.Sign(issuer, key);
}

SgxReport QuotingEnclave(const SimulatedIntelOptions& options, IntelTee tee) {
  SgxReport report;
  report.cpu_svn.fill(8);
  report.attributes[0] = options.qe_debug ? 0x13 : 0x11;  // INIT, PROVISION_KEY
  report.mr_enclave.fill(tee == IntelTee::kTdx ? 0xE1 : 0xE0);
  report.mr_signer.fill(0x51);
  report.isv_prod_id = tee == IntelTee::kTdx ? 2 : 1;
  report.isv_svn = options.qe_isv_svn;
  return report;
}

}  // namespace

PckExtension SimulatedIntelOptions::UpToDatePck() {
  PckExtension pck;
  pck.tcb_components.fill(8);
  pck.cpu_svn.fill(8);
  pck.pce_svn = 13;
  pck.fmspc = {0x51, 0xA0, 0x6F, 0, 0, 0};
  pck.sgx_type = SgxType::kScalable;
  pck.platform_instance_id.emplace().fill(0x1D);
  pck.configuration = PckConfiguration{.dynamic_platform = true, .cached_keys = true, .smt_enabled = true};
  return pck;
}

Result<SimulatedIntelPlatform> SimulatedIntelPlatform::Make(const SimulatedIntelOptions& wanted,
                                                            crypto::RandomSource& random) {
  SimulatedIntelOptions options = wanted;
  random.Fill(options.pck.ppid);
  const auto key = [] { return SigningKey::Generate(crypto::SignatureAlgorithm::kEs256); };
  SigningKey root_key = key(), ca_key = key(), pck_key = key(), tcb_key = key();
  Certificate root = TRY(Named(root_key, "Root CA", options, 1).CertificateAuthority(1).SelfSign(root_key));
  Certificate ca = TRY(Named(ca_key, options.platform_ca ? "PCK Platform CA" : "PCK Processor CA", options, 2)
                           .CertificateAuthority(0)
                           .Sign(root, root_key));
  Certificate pck = TRY(Named(pck_key, "PCK Certificate", options, 3)
                            .Extension(kPckExtensionOid, SerializePckExtension(options.pck))
                            .Sign(ca, ca_key));
  Certificate signer = TRY(Named(tcb_key, "TCB Signing", options, 4).Sign(root, root_key));
  std::vector<Certificate> revoked_by_root, revoked_by_ca;
  if (options.revoke_ca) revoked_by_root.push_back(ca);
  if (options.revoke_tcb_signer) revoked_by_root.push_back(signer);
  if (options.revoke_pck) revoked_by_ca.push_back(pck);
  crypto::Crl root_crl = TRY(MakeList(options, 1, revoked_by_root, root, root_key));
  crypto::Crl pck_crl = TRY(MakeList(options, 1, revoked_by_ca, ca, ca_key));
  return SimulatedIntelPlatform{.options = options,
                                .root_key = std::move(root_key),
                                .ca_key = std::move(ca_key),
                                .pck_key = std::move(pck_key),
                                .tcb_key = std::move(tcb_key),
                                .attestation_key = key(),
                                .root = std::move(root),
                                .ca = std::move(ca),
                                .pck = std::move(pck),
                                .tcb_signer = std::move(signer),
                                .root_crl = std::move(root_crl),
                                .pck_crl = std::move(pck_crl)};
}

TdReport SimulatedIntelPlatform::Td(const std::array<std::uint8_t, 64>& report_data) const {
  TdReport report;
  report.tee_tcb_svn = {5, 1, 2};
  report.mr_seam.fill(0x5E);
  report.td_attributes[3] = 0x10;  // SEPT_VE_DISABLE
  report.xfam = {0xE7, 0x02, 0x06};
  report.report_data = report_data;
  return report;
}

SgxReport SimulatedIntelPlatform::Enclave(const std::array<std::uint8_t, 64>& report_data) const {
  SgxReport report;
  report.cpu_svn = options.pck.cpu_svn;
  report.attributes = {0x05, 0, 0, 0, 0, 0, 0, 0, 0xE7};
  report.isv_prod_id = 1;
  report.isv_svn = 1;
  report.report_data = report_data;
  return report;
}

IntelQuote SimulatedIntelPlatform::Prepare(const std::variant<SgxReport, TdReport>& body, std::uint16_t version) const {
  const auto* td = std::get_if<TdReport>(&body);
  CHECK(td == nullptr || version >= (td->td15 ? 5 : 4));
  IntelQuote quote;
  quote.header.version = version;
  quote.header.tee = td != nullptr ? IntelTee::kTdx : IntelTee::kSgx;
  if (version == 3) {
    quote.header.qe_svn = options.qe_isv_svn;
    quote.header.pce_svn = options.pck.pce_svn;
  }
  quote.body_type = td == nullptr ? IntelBodyType::kSgx : td->td15 ? IntelBodyType::kTd15 : IntelBodyType::kTd10;
  quote.body = body;
  const auto key = attestation_key.Public();
  quote.attestation_key = ToSignature(Concat({key.EcX(), key.EcY()}));
  quote.qe_report = QuotingEnclave(options, quote.header.tee);
  quote.qe_authentication = Bytes(32, 0xAA);
  quote.certification = ToBytes(PckChain());
  return quote;
}

Bytes SimulatedIntelPlatform::Sign(IntelQuote quote) const {
  const auto named = crypto::Sha256Parts({quote.attestation_key, quote.qe_authentication});
  quote.qe_report.report_data = {};
  std::copy(named.begin(), named.end(), quote.qe_report.report_data.begin());
  quote.qe_report_bytes = *ToArray<kSgxReportSize>(SerializeSgxReport(quote.qe_report));
  quote.qe_report_signature = ToSignature(pck_key.Sign(quote.qe_report_bytes));
  quote.signed_part = SerializeIntelSignedPart(quote);
  quote.signature = ToSignature(attestation_key.Sign(quote.signed_part));
  return SerializeIntelQuote(quote);
}

Bytes SimulatedIntelPlatform::Quote(const std::variant<SgxReport, TdReport>& body, std::uint16_t version) const {
  return Sign(Prepare(body, version));
}

Result<crypto::Crl> SimulatedIntelPlatform::RootList(std::uint64_t number, std::span<const Certificate> revoked) const {
  return MakeList(options, number, revoked, root, root_key);
}

Result<crypto::Crl> SimulatedIntelPlatform::PckList(std::uint64_t number, std::span<const Certificate> revoked) const {
  return MakeList(options, number, revoked, ca, ca_key);
}

std::string SimulatedIntelPlatform::PckChain() const { return pck.Pem() + ca.Pem() + root.Pem() + '\0'; }

SimulatedAnchors SimulatedIntelPlatform::Anchors() const {
  SimulatedAnchors anchors;
  const auto added = anchors.Add(SimulatedRoot{RootUse::kIntelSgx, root});
  CHECK(added.has_value());
  return anchors;
}

}  // namespace cloister::evidence
