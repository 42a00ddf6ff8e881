#include "evidence/azure/simulated.h"
#include "simulator/machine_parts.h"

namespace cloister::simulator {
namespace {

using evidence::EvidenceKind;
using evidence::SimulatedTpm;
using formats::Json;
using std::chrono::days;
using std::chrono::hours;

constexpr std::uint32_t kWithoutPcr7 = 0xFFFFFF & ~(1U << 7);

Result<SimulatedTpm> MakeTpm(const Bytes& init_data) {
  SimulatedTpm tpm = SimulatedTpm::Make(crypto::SignatureAlgorithm::kRs256);
  tpm.Measure(0, evidence::kEvPlatformConfigFlags, AsBytes("SIMULATED firmware"));
  tpm.Measure(4, evidence::kEvIpl, AsBytes("SIMULATED loader"));
  if (!init_data.empty()) tpm.Extend(8, TRY_WITH("init-data of a machine with a TPM: expected algorithm sha256", ToArray<32>(init_data)));
  return tpm;
}

evidence::TpmQuoteEvidence QuoteOf(const SimulatedTpm& tpm, const MachineOptions& options, ByteSpan nonce) {
  if (options.fault == "chosen-pcrs") return tpm.Quote(nonce, {evidence::PcrBank::kSha256, kWithoutPcr7});
  evidence::TpmQuoteEvidence quote = tpm.Quote(nonce);
  if (options.fault == "forged") quote.signature.value[0] ^= 1;
  return quote;
}

Result<MachinePart> ShowAzure(const MachineOptions& options, SimulatedTpm tpm, ByteSpan nonce, Time now, crypto::RandomSource& random) {
  const SimulatedTpm other = TRY(MakeTpm({}));
  const bool unbound = options.fault == "unbound-key";
  const auto machine = evidence::SimulatedAzureMachine::Make(std::move(tpm), nonce);
  // Another TPM's quote under this machine's report.
  const auto quote = QuoteOf(unbound ? other : machine.tpm, options, nonce);
  MachinePart part;
  if (options.cpu == EvidenceKind::kAzSnpVtpm) {
    const auto processor = TRY(MakeProcessor(options, now, random));
    evidence::AzureSnpEvidence shown = machine.OnSnp(processor, nonce);
    shown.quote = quote;
    part.evidence = evidence::AzureSnpEvidenceToJson(shown);
    Vouch(processor, part);
    return part;
  }
  const auto platform = TRY(MakePlatform(options, now, random));
  evidence::AzureTdxEvidence shown = machine.OnTdx(platform, nonce);
  shown.quote = quote;
  part.evidence = evidence::AzureTdxEvidenceToJson(shown);
  Vouch(platform, evidence::IntelTee::kTdx, part);
  return part;
}

// Under Google's word for the key.
Result<void> Certify(const MachineOptions& options, const SimulatedTpm& tpm, Time now, evidence::TpmEvidence& shown, MachinePart& part) {
  using evidence::SimulatedAkFault;
  const Time end = options.fault == "expired" ? now - hours(1) : now + days(300);
  const auto google = TRY(evidence::SimulatedVtpmAuthority::Make(evidence::VtpmCloud::kGoogle, now - days(30), end));
  const bool foreign = options.fault == "foreign-issuer";
  shown.ak_certificate = TRY(google.Certify(tpm.key.Public(), foreign ? SimulatedAkFault::kForeignIssuer : SimulatedAkFault::kNone)).Der();
  part.collateral = {{"vtpm-intermediate.der", google.intermediate.Der()}, {"vtpm-root.der", google.root.Der()}};
  part.anchors = google.Anchors();
  return {};
}

void Enrol(const MachineOptions& options, const SimulatedTpm& tpm, MachinePart& part) {
  Json::Array keys;
  if (options.fault != "unknown-platform") {
    keys.push_back(Json::Object{{"ak_public", ToBase64(tpm.key.Public().SpkiDer())}, {"SIMULATED", true}, {"restricted", true}});
  }
  part.collateral = {{"tpm-keys.json", ToBytes(Json(std::move(keys)).Pretty())}};
}

}  // namespace

Result<MachinePart> ShowTpm(const MachineOptions& options, const std::array<std::uint8_t, 64>& report_data,
                            const Bytes& init_data_digest, Time now, crypto::RandomSource& random) {
  SimulatedTpm tpm = TRY(MakeTpm(init_data_digest));
  if (options.cpu == EvidenceKind::kAzSnpVtpm || options.cpu == EvidenceKind::kAzTdxVtpm) {
    return ShowAzure(options, std::move(tpm), report_data, now, random);
  }
  if (options.fault == "unrestricted-key") tpm.attributes &= ~(1U << 16);
  evidence::TpmEvidence shown = tpm.Evidence(report_data);
  shown.quote = QuoteOf(tpm, options, report_data);
  MachinePart part;
  if (options.cpu == EvidenceKind::kGcpVtpm) {
    TRY(Certify(options, tpm, now, shown, part));
  } else {
    Enrol(options, tpm, part);
  }
  part.evidence = evidence::TpmEvidenceToJson(shown);
  return part;
}

}  // namespace cloister::simulator
