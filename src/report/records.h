// The signed records of one run, together: what a report page carries and is rendered from (docs/formats/report.md).
#pragma once

#include "contract/proof.h"
#include "contract/signed_contract.h"
#include "evidence/anchors.h"
#include "report/verify_run.h"
#include "sealed/age_header.h"

namespace cloister::report {

struct Records {
  // A party's signature of the contract, and the ledger's receipt of it. Both COSE.
  struct SignatureRecord {
    Bytes statement;
    Bytes receipt;
    bool operator==(const SignatureRecord&) const = default;
  };
  // For the consumer's copy: the sealed training card and the key that opens this file alone. Whoever has it reads the card.
  struct CardRecord {
    Bytes sealed;
    Bytes file_key;
    bool operator==(const CardRecord&) const = default;
  };
  contract::Proof proof;
  std::vector<SignatureRecord> signatures;  // in the order of the contract's parties
  Bytes scrub;                              // COSE
  // The SIMULATED roots that the contract names, by fingerprint; none for real hardware.
  evidence::SimulatedAnchors simulated;
  std::optional<CardRecord> card;

  // Reads, verifies nothing.
  static Result<Records> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
};

// Whom a reader believes. What is missing is taken from the records themselves; VerifiedRecords::taken_on_trust() says so.
struct ReaderTrust {
  const contract::Contract* contract = nullptr;          // one's own copy
  const evidence::SimulatedAnchors* simulated = nullptr;  // one's own anchors.json
};

// Records that belong together and hold. Only VerifyRecords makes one.
class VerifiedRecords {
 public:
  const RunFacts& facts() const { return facts_; }
  const Records& records() const { return records_; }
  // Each step that was checked, and what the reader had no copy of, in words.
  const std::vector<std::string>& steps() const { return steps_; }
  const std::vector<std::string>& taken_on_trust() const { return taken_on_trust_; }

 private:
  friend Result<VerifiedRecords> VerifyRecords(Records, const ReaderTrust&);
  VerifiedRecords(RunFacts facts, Records records) : facts_(std::move(facts)), records_(std::move(records)) {}
  RunFacts facts_;
  Records records_;
  std::vector<std::string> steps_;
  std::vector<std::string> taken_on_trust_;
};

// Success proves what VerifyRun does, and: every party that must sign signed this contract, each signature is on its ledger
// before the report; the room said, signed, what it scrubbed; a card, where there is one, is what the room sealed. Nothing is
// in the records beside that. Works offline.
// Errors: as VerifyRun; each says which record.
Result<VerifiedRecords> VerifyRecords(Records records, const ReaderTrust& trust);

}  // namespace cloister::report
