#include "report/verify_run.h"

#include <algorithm>

#include "contract/evidence_binding.h"
#include "contract/init_data.h"
#include "evidence/kbs.h"
#include "evidence/snp/json.h"
#include "evidence/snp/verify.h"
#include "ledger/client.h"

namespace cloister::report {
namespace {

using contract::Certification;
using contract::Contract;
using contract::Proof;
using contract::RunReport;
using contract::RunRequest;

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
  // The report data covers the key alone, so nothing else may stand beside it.
  if (!(key.ToJwk() == proof.tee_pubkey)) return Mismatch("evidence: expected the room's encryption key as we write it, got more or less");
  const auto report_data = TRY(evidence::KbsReportData(proof.additional_evidence, proof.nonce, key));
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

Result<Certification> CheckCertified(const Proof& proof, const Contract& contract, const RunReport& report,
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
  return *certification;
}

Result<RunRequest> CheckRunRequest(const Proof& proof, const Contract& contract, const RunReport& report) {
  const auto request = TRY(contract::VerifyDocument<RunRequest>(proof.run_request, contract.Tdc().keys, contract.Tdc().did));
  if (request.digest() != report.run_request || request->run != report.run) {
    return Mismatch("expected the one that the run report names, got another");
  }
  return *request;
}

// What VerifyRunReport() verified, for one dataset.
Result<contract::Reservation> ReservationOf(const RunReport& report, const Contract& contract, const contract::Dataset& dataset) {
  const contract::Party& provider = contract.ProviderOf(dataset);
  for (const Bytes& cose : report.reservations) {
    const auto reservation = contract::VerifyDocument<contract::Reservation>(cose, provider.broker->keys, provider.did);
    if (reservation && (*reservation)->dataset == dataset.id) return **reservation;
  }
  return Mismatch("run report: expected a reservation of dataset " + dataset.id + ", got none");
}

Result<Charge> CheckCharge(const RunReport& report, const Contract& contract, const contract::Dataset& dataset, const Bytes& cose) {
  const contract::Party& provider = contract.ProviderOf(dataset);
  const auto settled = TRY(contract::VerifyDocument<contract::Settlement>(cose, provider.broker->keys, provider.did));
  const contract::Reservation reserved = TRY(ReservationOf(report, contract, dataset));
  const auto spent = std::ranges::find(report.spent, dataset.id, &RunReport::Charge::dataset);
  if (spent == report.spent.end()) return Mismatch("run report: expected what was spent on dataset " + dataset.id + ", got nothing");
  if (settled->run != report.run || settled->dataset != dataset.id || settled->broker != provider.did ||
      settled->account != dataset.account || reserved.account != dataset.account) {
    return Mismatch("expected one of this run, dataset and account, got another");
  }
  if (settled->epsilon != spent->epsilon || settled->delta != spent->delta || settled->sequence <= reserved.sequence) {
    return Mismatch("expected what the run report says was spent, after the reservation, got another amount or place");
  }
  return Charge{reserved, *settled};
}

Result<std::vector<Charge>> CheckCharges(const Proof& proof, const Contract& contract, const RunReport& report) {
  if (proof.settlements.size() != contract.datasets.size() || report.spent.size() != contract.datasets.size()) {
    return Mismatch("expected one of each of " + std::to_string(contract.datasets.size()) + " datasets, got " +
                    std::to_string(proof.settlements.size()));
  }
  std::vector<Charge> charges;
  for (std::size_t i = 0; i < contract.datasets.size(); ++i) {
    charges.push_back(TRY(CheckCharge(report, contract, contract.datasets[i], proof.settlements[i])));
  }
  return charges;
}

Hardware HardwareOf(const evidence::VerifiedSnp& evidence) {
  return {.line = std::string(evidence::SnpProductName(evidence.product())),
          .root = evidence.root().name,
          .root_sha256 = evidence.root().sha256,
          .simulated = evidence.simulated(),
          .revocation_checked = evidence.revocation() == evidence::SnpRevocation::kChecked};
}

std::vector<std::string> StepsOf(const RunFacts& facts) {
  const Hardware& hardware = facts.hardware;
  return {
      "contract " + ToHex(facts.contract.digest()) + " is the one you signed",
      "run report signed by the room's key, with a reservation of each of " + std::to_string(facts.charges.size()) + " datasets",
      "report is entry " + std::to_string(facts.entry.index) + " of the ledger " + facts.contract.ledger.origin,
      std::string(hardware.simulated ? "SIMULATED hardware" : "hardware") + " vouches for the room: " + hardware.root,
      hardware.revocation_checked ? "revocation of that hardware's keys was checked, by the list in the evidence"
                                  : "revocation of that hardware's keys was not checked: the evidence has no list",
      "its measurement is certified by " + facts.contract.compute.certifier,
      "its init-data names this run request, contract and pipeline",
      "each broker settled what the report says was spent",
  };
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
  const auto request = TRY_WITH("run request", CheckRunRequest(proof, contract, *report));
  const auto certification = TRY_WITH("certification", CheckCertified(proof, contract, *report, evidence));
  const auto charges = TRY_WITH("settlement", CheckCharges(proof, contract, *report));
  RunFacts facts{.contract = contract,
                 .report = *report,
                 .report_sha256 = report.digest(),
                 .entry = {receipt.index(), *receipt.issued_at()},
                 .request = request,
                 .certification = certification,
                 .hardware = HardwareOf(evidence),
                 .charges = charges,
                 .signatures = {},
                 .scrub = {},
                 .card = {}};
  VerifiedRun run(std::move(facts));
  run.steps_ = StepsOf(run.facts_);
  return run;
}

Result<RunReport::Released> VerifiedRun::CheckOutput(ByteSpan file) const {
  const auto digest = crypto::Sha256(file);
  for (const RunReport::Released& output : report().outputs) {
    if (output.sha256 == digest && output.size == file.size()) return output;
  }
  return Mismatch("output: expected a file that an attested room reported, no output of run " + report().run + " has these bytes");
}

}  // namespace cloister::report
