#include "evidence/intel/json.h"
#include "evidence/nitro/simulated.h"
#include "evidence/snp/json.h"
#include "simulator/machine_parts.h"

namespace cloister::simulator {
namespace {

using evidence::EvidenceKind;
using formats::Json;
using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t kSnpSignatureBegin = evidence::kSnpSignedSize;
constexpr std::size_t kQuoteSignatureOfTd = 48 + 584 + 4;     // header, TD report 1.0, length
constexpr std::size_t kQuoteSignatureOfEnclave = 48 + 384 + 4;

template <std::size_t N>
std::array<std::uint8_t, N> Fitted(Bytes digest) {
  digest.resize(N);
  return *ToArray<N>(digest);
}

Result<MachinePart> ShowSnp(MachineMakers& makers, const std::array<std::uint8_t, 64>& report_data, const Bytes& init_data) {
  const std::string& fault = makers.options().fault;
  const evidence::SimulatedSnpProcessor& processor = *TRY(makers.Processor());
  evidence::SimulatedSnpGuest guest{.host_data = Fitted<32>(init_data)};
  guest.measurement.fill(0xC1);
  if (fault == "debug") guest.policy.bits |= std::uint64_t{1} << 19;
  evidence::SnpReport report = processor.Report(guest, report_data, fault == "host-report" ? evidence::kSnpHostVmpl : 0);
  if (fault == "other-chip") report.chip_id[0] ^= 1;
  Bytes bytes = processor.Sign(std::move(report));
  if (fault == "forged") bytes[kSnpSignatureBegin] ^= 1;
  MachinePart part;
  part.evidence = TRY(evidence::SnpEvidenceToJson({bytes, {{evidence::SnpCertificateType::kVcek, processor.vcek.Der()}}}));
  Vouch(processor, part);
  return part;
}

Result<MachinePart> ShowIntel(MachineMakers& makers, const std::array<std::uint8_t, 64>& report_data, const Bytes& init_data) {
  const bool is_td = makers.options().cpu == EvidenceKind::kTdx;
  const std::string& fault = makers.options().fault;
  const evidence::SimulatedIntelPlatform& platform = *TRY(makers.Platform());
  evidence::IntelQuote quote;
  if (is_td) {
    evidence::TdReport td = platform.Td(report_data);
    td.mr_td.fill(0xC1);
    td.mr_config_id = Fitted<48>(init_data);
    if (fault == "debug") td.td_attributes[0] |= 1;
    quote = platform.Prepare(td, 4);
  } else {
    evidence::SgxReport enclave = platform.Enclave(report_data);
    enclave.mr_enclave.fill(0xC1);
    enclave.config_id = Fitted<64>(init_data);
    if (fault == "debug") enclave.attributes[0] |= 2;
    quote = platform.Prepare(enclave, 3);
  }
  Bytes bytes = platform.Sign(std::move(quote));
  const std::size_t signature = is_td ? kQuoteSignatureOfTd : kQuoteSignatureOfEnclave;
  if (fault == "forged") bytes[signature] ^= 1;
  if (fault == "other-quoting-enclave") {
    // The same statement by a key that no quoting enclave named: its signature is good, and worth nothing.
    const auto key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
    const Bytes signed_by_it = key.Sign(ByteSpan(bytes).first(signature - 4));
    const Bytes public_key = Concat({key.Public().EcX(), key.Public().EcY()});
    std::ranges::copy(signed_by_it, bytes.begin() + static_cast<std::ptrdiff_t>(signature));
    std::ranges::copy(public_key, bytes.begin() + static_cast<std::ptrdiff_t>(signature) + 64);
  }
  MachinePart part;
  part.evidence = is_td ? evidence::TdxEvidenceToJson({std::move(bytes), std::nullopt}) : evidence::SgxEvidenceToJson({std::move(bytes)});
  Vouch(platform, is_td ? evidence::IntelTee::kTdx : evidence::IntelTee::kSgx, part);
  return part;
}

Result<MachinePart> ShowCca(MachineMakers& makers, const std::array<std::uint8_t, 64>& report_data, const Bytes& init_data) {
  const MachineOptions& options = makers.options();
  const evidence::SimulatedCca& platform = makers.Cca();
  evidence::CcaToken token = platform.Contents(report_data);
  token.realm.personalization = Fitted<64>(init_data);
  if (options.fault == "unsecured") token.platform.lifecycle = 0x2000;
  Bytes bytes = platform.Sign(token);
  if (options.fault == "forged") bytes.back() ^= 1;
  MachinePart part;
  Json::Array as_numbers(bytes.begin(), bytes.end());
  part.evidence = Json::Object{{"token", std::move(as_numbers)}};
  const Json store = options.fault == "unknown-platform" ? evidence::SimulatedCca::Make({}).TrustAnchorStore() : platform.TrustAnchorStore();
  part.collateral = {{"cca-platform-keys.json", ToBytes(store.Pretty())}};
  return part;
}

}  // namespace

void Vouch(const evidence::SimulatedSnpProcessor& processor, MachinePart& part) {
  part.collateral = {{"ask.der", processor.ask.Der()}, {"ark.der", processor.ark.Der()}, {"ark.crl", processor.crl.Der()}};
  part.anchors = processor.Anchors();
}

void Vouch(const evidence::SimulatedIntelPlatform& platform, evidence::IntelTee tee, MachinePart& part) {
  const evidence::IntelCollateral intel = platform.Collateral(tee);
  part.collateral = {{"tcb_info.json", ToBytes(intel.tcb_info)},
                     {"tcb_info_issuer_chain.pem", ToBytes(intel.tcb_info_issuer_chain)},
                     {"qe_identity.json", ToBytes(intel.qe_identity)},
                     {"qe_identity_issuer_chain.pem", ToBytes(intel.qe_identity_issuer_chain)},
                     {"root_ca_crl.der", intel.root_crl},
                     {"pck_crl.der", intel.pck_crl}};
  part.anchors = platform.Anchors();
}

Result<MachinePart> ShowCpu(MachineMakers& makers, const std::array<std::uint8_t, 64>& report_data, const Bytes& init_data_digest) {
  switch (makers.options().cpu) {
    case EvidenceKind::kSnp:
      return ShowSnp(makers, report_data, init_data_digest);
    case EvidenceKind::kTdx:
    case EvidenceKind::kSgx:
      return ShowIntel(makers, report_data, init_data_digest);
    case EvidenceKind::kCca:
      return ShowCca(makers, report_data, init_data_digest);
    case EvidenceKind::kTpm:
    case EvidenceKind::kGcpVtpm:
    case EvidenceKind::kAzSnpVtpm:
    case EvidenceKind::kAzTdxVtpm:
      return ShowTpm(makers, report_data, init_data_digest);
    default:
      return Error(ErrorCode::kUsage, "expected a CPU that can be simulated, got " + std::string(evidence::EvidenceKindName(makers.options().cpu)));
  }
}

Result<std::pair<Bytes, MachinePart>> ShowNitro(const MachineOptions& options, Time now) {
  const std::string& fault = options.fault;
  const auto nitro = TRY(evidence::SimulatedNitro::Make(
      {.not_before = now - days(1), .not_after = now + days(20), .leaf_not_before = now - hours(2),
       .leaf_not_after = fault == "expired" ? now - hours(1) : now + hours(1),
       .fault = fault == "foreign-issuer" ? evidence::SimulatedNitroFault::kForeignIssuer : evidence::SimulatedNitroFault::kNone}));
  const Bytes nonce = fault == "replayed" ? crypto::RandomBytes(crypto::SystemRandom(), options.nonce.size()) : options.nonce;
  Bytes document = nitro.Sign(fault == "debug" ? nitro.DebugDocument(now, nonce) : nitro.Document(now, nonce));
  if (fault == "forged") document.back() ^= 1;
  MachinePart part;
  part.anchors = nitro.Anchors();
  return std::pair(std::move(document), std::move(part));
}

}  // namespace cloister::simulator
