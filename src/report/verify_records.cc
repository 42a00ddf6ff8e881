#include <algorithm>
#include <set>

#include "ledger/client.h"
#include "report/records.h"
#include "sealed/age_file.h"

namespace cloister::report {
namespace {

using contract::Contract;
using formats::Json;

Error Mismatch(std::string what) { return Error(ErrorCode::kMismatch, std::move(what)); }

// The roots in the page are those that the contract names, each once, and nothing else.
Result<void> CheckRoots(const Contract& contract, const evidence::SimulatedAnchors& simulated) {
  std::set<crypto::Sha256Digest> seen;
  for (const evidence::SimulatedSnpRoot& root : simulated.snp()) {
    const crypto::Sha256Digest fingerprint = root.certificate.Fingerprint();
    if (std::ranges::count(contract.compute.roots, fingerprint) == 0) {
      return Error(ErrorCode::kUntrusted, "expected roots that the contract names, got " + ToHex(fingerprint));
    }
    if (!seen.insert(fingerprint).second) return Mismatch("expected each root once, got " + ToHex(fingerprint) + " again");
  }
  return {};
}

Result<std::vector<Signature>> CheckSignatures(const Records& records, const Contract& contract, const Entry& report) {
  std::vector<Bytes> statements;
  for (const auto& signature : records.signatures) statements.push_back(signature.statement);
  const auto signed_contract = TRY(contract::SignedContract::Verify(contract.ToCanonical(), statements));
  const auto trust = TRY(ledger::LedgerTrust::FromTerms(contract.ledger));
  std::vector<Signature> verified;
  const std::vector<std::string> wanted = contract.RequiredSigners();
  if (wanted.size() != records.signatures.size()) {
    return Mismatch("expected one of each of " + std::to_string(wanted.size()) + " parties, got " + std::to_string(records.signatures.size()));
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const contract::Verified<Contract>* signature = signed_contract.SignatureOf(wanted[i]);
    if (signature == nullptr || signature->cose() != records.signatures[i].statement) {
      return Mismatch("expected that of " + wanted[i] + " as number " + std::to_string(i + 1) + ", got another");
    }
    const auto receipt = TRY_WITH("receipt of " + wanted[i],
                                  ledger::VerifyReceipt(records.signatures[i].receipt, signature->cose(), trust));
    if (!receipt.issued_at() || receipt.index() >= report.index) {
      return Mismatch("receipt of " + wanted[i] + ": expected an entry before the run report's " + std::to_string(report.index) +
                      ", got " + std::to_string(receipt.index()));
    }
    verified.push_back({wanted[i], signature->issued_at(), signature->digest(), {receipt.index(), *receipt.issued_at()}});
  }
  return verified;
}

Result<contract::Scrub> CheckScrub(const Records& records, const RunFacts& facts) {
  const auto scrub = TRY(contract::VerifyDocument<contract::Scrub>(records.scrub, facts.report.room_key, contract::RoomIssuer(facts.report.run)));
  if (scrub->run != facts.report.run || scrub->report != facts.report_sha256) {
    return Mismatch("expected the statement about this run and report, got another");
  }
  return *scrub;
}

// The header's MAC binds the file key to the file, and the file's digest is in the run report: so no other key opens it to
// anything else.
Result<Json> OpenCard(const Records::CardRecord& card, const VerifiedRun& run) {
  const auto output = TRY(run.CheckOutput(card.sealed));
  if (output.kind != contract::OutputKind::kCard) return Mismatch("expected the output of kind card, got another");
  const auto key = TRY(sealed::FileKey::FromBytes(SecretBytes::CopyOf(card.file_key)));
  const SecretBytes plaintext = TRY(sealed::Open(key, card.sealed));
  return Json::Parse(AsText(plaintext.ExposeSecret()));
}

}  // namespace

Result<VerifiedRecords> VerifyRecords(Records records, const ReaderTrust& trust) {
  const Contract theirs = TRY_WITH("contract", Contract::FromJson(records.proof.contract));
  if (TRY_WITH("contract", records.proof.contract.Canonical()) != theirs.ToCanonical()) {
    return Mismatch("contract: expected it in the one form that is signed, got another");
  }
  const Contract& contract = trust.contract == nullptr ? theirs : *trust.contract;
  TRY_WITH("simulated roots", CheckRoots(theirs, records.simulated));
  const auto run = TRY(VerifyRun(records.proof, contract, trust.simulated == nullptr ? records.simulated : *trust.simulated));
  RunFacts facts = run.facts();
  facts.signatures = TRY_WITH("signatures", CheckSignatures(records, contract, facts.entry));
  facts.scrub = TRY_WITH("scrub statement", CheckScrub(records, facts));
  if (records.card) facts.card = TRY_WITH("card", OpenCard(*records.card, run));
  if (facts.hardware.simulated == records.simulated.snp().empty()) {
    return Mismatch("simulated roots: expected them for SIMULATED hardware and only for it, got otherwise");
  }
  VerifiedRecords verified(std::move(facts), std::move(records));
  verified.steps_ = run.steps();
  if (trust.contract == nullptr) {
    verified.steps_.erase(verified.steps_.begin());
    verified.taken_on_trust_.push_back("the contract " + ToHex(contract.digest()) + " with the keys of its parties, its ledger and its certifier");
  }
  if (trust.simulated == nullptr && verified.facts().hardware.simulated) {
    verified.taken_on_trust_.push_back("the SIMULATED root's certificate, which the contract names by its fingerprint " +
                                       ToHex(verified.facts().hardware.root_sha256));
  }
  verified.steps_.push_back(std::to_string(verified.facts().signatures.size()) + " parties signed the contract, each before the run, on the ledger");
  verified.steps_.push_back("the room's statement on what it scrubbed is signed by its key");
  if (verified.facts().card) verified.steps_.push_back("the training card is the one that the room sealed");
  return verified;
}

}  // namespace cloister::report
