#include "commands/verify_run.h"

#include <algorithm>

#include "contract/evidence_binding.h"
#include "contract/init_data.h"
#include "evidence/snp_json.h"
#include "evidence/snp_verify.h"
#include "ledger/client.h"

namespace cloister::commands {
namespace {

using contract::Contract;
using contract::Proof;
using contract::RunReport;

constexpr Seconds kRecordTime = std::chrono::hours(1);

Error Mismatch(std::string_view what) { return Error(ErrorCode::kMismatch, std::string(what)); }

// Vendor roots, and those of `simulated` that the contract names.
Result<evidence::TrustAnchors> AnchorsOf(const Contract& contract, const evidence::SimulatedAnchors& simulated) {
  std::vector<crypto::Sha256Digest> named;
  for (const evidence::SimulatedSnpRoot& root : simulated.snp()) {
    const crypto::Sha256Digest fingerprint = root.certificate.Fingerprint();
    if (std::ranges::count(contract.compute.roots, fingerprint) > 0) named.push_back(fingerprint);
  }
  return evidence::TrustAnchors::VendorsAndSimulated(simulated, named);
}

Result<evidence::VerifiedSnp> CheckEvidence(const Proof& proof, const Contract& contract, const RunReport& report,
                                            const evidence::SimulatedAnchors& simulated) {
  if (TRY(contract::CanonicalDigest(proof.evidence)) != report.evidence) {
    return Mismatch("evidence: expected the one that the run report names, got another");
  }
  const auto anchors = TRY(AnchorsOf(contract, simulated));
  const auto key = TRY(token::TeePublicKey::FromJwk(proof.tee_pubkey));
  const auto report_data = TRY(contract::KbsReportData(proof.additional_evidence, proof.nonce, key));
  const evidence::SnpExpectations expected{
      .report_data = report_data,
      .host_data = evidence::ExpectedHostData::Exactly(contract::InitDataDigest(proof.init_data)),
      .vmpl = evidence::SnpVmpl::kOnlyZero,
      .chip_id = evidence::SnpChipId::kMustMatchCertificate};
  auto verified = TRY(evidence::VerifySnp(TRY(evidence::SnpEvidenceFromJson(proof.evidence)), {}, anchors, expected, report.time));
  if (std::ranges::count(contract.compute.roots, verified.root().sha256) == 0) {
    return Error(ErrorCode::kUntrusted, "evidence: expected a root that the contract names, got " + verified.root().name);
  }
  if (verified.report().policy.Debug() || verified.report().policy.MigrationAgent()) {
    return Error(ErrorCode::kUntrusted, "evidence: expected a guest without debugging and migration, got one with");
  }
  const evidence::SnpTcb least{.fmc = 0,
                               .bootloader = contract.compute.min_tcb.bootloader,
                               .tee = contract.compute.min_tcb.tee,
                               .snp = contract.compute.min_tcb.snp,
                               .microcode = contract.compute.min_tcb.microcode};
  if (!verified.reported_tcb().AtLeast(least) || !verified.committed_tcb().AtLeast(least)) {
    return Error(ErrorCode::kUntrusted, "evidence: expected firmware of at least the contract's minTcb, got older");
  }
  return verified;
}

// The report's time, by which certificates and certification are judged, is the ledger's word and not the room's: that of a
// checkpoint before the report was an entry, and at most kRecordTime before the receipt.
Result<void> CheckTime(const Proof& proof, const Contract& contract, const RunReport& report,
                       const ledger::LedgerTrust& trust, const translog::VerifiedReceipt& receipt) {
  const auto checkpoint =
      TRY(translog::VerifyTimedCheckpoint(proof.checkpoint, trust.origin, trust.log, trust.cosigner));
  if (checkpoint.time() != report.time || checkpoint.size() > receipt.index()) {
    return Mismatch("expected the ledger's checkpoint of just before the run report, got another");
  }
  if (!receipt.issued_at() || *receipt.issued_at() < report.time || *receipt.issued_at() > report.time + kRecordTime) {
    return Error(ErrorCode::kStale, "expected a report that was registered within an hour of its time, got another");
  }
  return contract.CheckDates(report.time);
}

Result<void> CheckBinding(const Proof& proof, const Contract& contract, const RunReport& report) {
  const auto binding = TRY(contract::EvidenceBinding::FromAdditionalEvidence(proof.additional_evidence));
  if (!(binding.signing_key == report.room_key)) return Mismatch("evidence: expected the key that signed the run report, it binds another");
  if (binding.run != report.run || binding.contracts != report.contracts || binding.party != contract.Tdc().did) {
    return Mismatch("evidence: expected this run, contract and consumer, it is for others");
  }
  const auto init_data = TRY(contract::InitData::FromToml(proof.init_data));
  if (init_data.run_request != report.run_request || init_data.contracts != report.contracts ||
      init_data.pipeline != contract.pipeline.sha256 || report.pipeline != contract.pipeline.sha256) {
    return Mismatch("init-data: expected this run request, contract and pipeline, it names others");
  }
  return {};
}

Result<void> CheckCertified(const Proof& proof, const Contract& contract, const RunReport& report,
                            const evidence::VerifiedSnp& evidence) {
  const contract::Party* certifier = contract.FindParty(contract.compute.certifier);
  const auto certification = TRY(contract::VerifyDocument<contract::Certification>(proof.certification, certifier->keys, certifier->did));
  TRY(certification->CheckTime(report.time));
  if (!certification->Covers(evidence.report().measurement)) {
    return Mismatch("measurement: expected one that " + certifier->did + " certified, this room is another program");
  }
  if (report.measurement != evidence.report().measurement || report.host_data != evidence.report().host_data) {
    return Mismatch("run report: expected the measurement and host data of its evidence, got others");
  }
  return {};
}

}  // namespace

Result<VerifiedRun> VerifyRun(const Proof& proof, const Contract& contract, const evidence::SimulatedAnchors& simulated) {
  const Contract theirs = TRY_WITH("contract", Contract::FromJson(proof.contract));
  if (theirs.digest() != contract.digest()) return Mismatch("contract: expected the one that you signed, the proof is for another");
  const auto report = TRY_WITH("run report", contract::VerifyRunReport(proof.report, std::span(&contract, 1)));
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(contract.ledger));
  const auto receipt = TRY_WITH("receipt", ledger::VerifyReceipt(proof.receipt, proof.report, trust));
  TRY_WITH("time", CheckTime(proof, contract, *report, trust, receipt));
  const auto evidence = TRY_WITH("evidence", CheckEvidence(proof, contract, *report, simulated));
  TRY(CheckBinding(proof, contract, *report));
  TRY_WITH("certification", CheckCertified(proof, contract, *report, evidence));
  VerifiedRun run(*report);
  run.simulated_ = evidence.simulated();
  run.steps_ = {
      "contract " + ToHex(contract.digest()) + " is the one you signed",
      "run report signed by the room's key, with a reservation of each of " + std::to_string(report->reservations.size()) + " datasets",
      "report is entry " + std::to_string(receipt.index()) + " of the ledger " + contract.ledger.origin,
      std::string(evidence.simulated() ? "SIMULATED hardware" : "hardware") + " vouches for the room: " + evidence.root().name,
      evidence.revocation() == evidence::SnpRevocation::kChecked ? "revocation of that hardware's keys was checked, by the list in the evidence"
                                                                  : "revocation of that hardware's keys was not checked: the evidence has no list",
      "its measurement is certified by " + contract.compute.certifier,
      "its init-data names this run request, contract and pipeline",
  };
  return run;
}

Result<RunReport::Released> VerifiedRun::CheckOutput(ByteSpan file) const {
  const auto digest = crypto::Sha256(file);
  for (const RunReport::Released& output : report_.outputs) {
    if (output.sha256 == digest && output.size == file.size()) return output;
  }
  return Mismatch("output: expected a file that an attested room reported, no output of run " + report_.run + " has these bytes");
}

}  // namespace cloister::commands
