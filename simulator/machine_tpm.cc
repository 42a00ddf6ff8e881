#include "simulator/machine_parts.h"

namespace cloister::simulator {
namespace {

using evidence::EvidenceKind;
using evidence::SimulatedTpm;
using formats::Json;

constexpr std::uint32_t kWithoutPcr7 = 0xFFFFFF & ~(1U << 7);

evidence::TpmQuoteEvidence QuoteOf(const SimulatedTpm& tpm, const MachineOptions& options, ByteSpan nonce) {
  if (options.fault == "chosen-pcrs") return tpm.Quote(nonce, {evidence::PcrBank::kSha256, kWithoutPcr7});
  evidence::TpmQuoteEvidence quote = tpm.Quote(nonce);
  if (options.fault == "forged") quote.signature.value[0] ^= 1;
  return quote;
}

Result<MachinePart> ShowAzure(MachineMakers& makers, ByteSpan nonce, const Bytes& init_data_digest) {
  const MachineOptions& options = makers.options();
  evidence::SimulatedAzureMachine& machine = *TRY(makers.Azure(init_data_digest));
  machine.SetUserData(nonce);
  // Another TPM's quote under this machine's report.
  const auto quote = QuoteOf(options.fault == "unbound-key" ? *TRY(makers.Tpm({})) : machine.tpm, options, nonce);
  MachinePart part;
  if (options.cpu == EvidenceKind::kAzSnpVtpm) {
    const evidence::SimulatedSnpProcessor& processor = *TRY(makers.Processor());
    evidence::AzureSnpEvidence shown = machine.OnSnp(processor, nonce);
    shown.quote = quote;
    part.evidence = evidence::AzureSnpEvidenceToJson(shown);
    Vouch(processor, part);
    return part;
  }
  const evidence::SimulatedIntelPlatform& platform = *TRY(makers.Platform());
  evidence::AzureTdxEvidence shown = machine.OnTdx(platform, nonce);
  shown.quote = quote;
  part.evidence = evidence::AzureTdxEvidenceToJson(shown);
  Vouch(platform, evidence::IntelTee::kTdx, part);
  return part;
}

// Under Google's word for the key.
Result<void> Certify(MachineMakers& makers, const SimulatedTpm& tpm, evidence::TpmEvidence& shown, MachinePart& part) {
  using evidence::SimulatedAkFault;
  const evidence::SimulatedVtpmAuthority& google = *TRY(makers.Google());
  const bool foreign = makers.options().fault == "foreign-issuer";
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

Result<MachinePart> ShowTpm(MachineMakers& makers, const std::array<std::uint8_t, 64>& report_data, const Bytes& init_data_digest) {
  const MachineOptions& options = makers.options();
  if (options.cpu == EvidenceKind::kAzSnpVtpm || options.cpu == EvidenceKind::kAzTdxVtpm) return ShowAzure(makers, report_data, init_data_digest);
  const SimulatedTpm& tpm = *TRY(makers.Tpm(init_data_digest));
  evidence::TpmEvidence shown = tpm.Evidence(report_data);
  shown.quote = QuoteOf(tpm, options, report_data);
  MachinePart part;
  if (options.cpu == EvidenceKind::kGcpVtpm) {
    TRY(Certify(makers, tpm, shown, part));
  } else {
    Enrol(options, tpm, part);
  }
  part.evidence = evidence::TpmEvidenceToJson(shown);
  return part;
}

}  // namespace cloister::simulator
