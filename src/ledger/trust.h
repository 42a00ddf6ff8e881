// The ledger's keys: the private halves it signs with, and the public halves by which others know it.
#pragma once

#include "contract/contract.h"
#include "translog/checkpoint.h"
#include "translog/receipt.h"

namespace cloister::ledger {

// What one must know of a ledger to believe it. From a contract, init-data, or the ledger's own configuration.
struct LedgerTrust {
  std::string origin;
  std::vector<contract::NamedKey> keys;  // receipts and fresh answers
  translog::NoteVerifier log;            // checkpoints
  translog::NoteVerifier cosigner;       // their timestamped cosignature

  // kMalformed, kUnsupported: vkeys that are none, or of the wrong type.
  static Result<LedgerTrust> FromTerms(const contract::LedgerTerms& terms);
  // As a contract states them; `tls` and `max_checkpoint_age` are not the ledger's to say.
  contract::LedgerTerms ToTerms(std::vector<contract::Digest> tls, Seconds max_checkpoint_age) const;
  std::vector<token::CoseKey> ReceiptKeys() const;
};

class LedgerKeys {
 public:
  // `receipt` is ES256, `log` and `cosigner` are two different Ed25519 keys (kUsage otherwise). Both notes' keys are named
  // like the origin, which is one line without spaces and '+'.
  static Result<LedgerKeys> Create(std::string_view origin, crypto::SigningKey receipt, crypto::SigningKey log,
                                   crypto::SigningKey cosigner);

  const std::string& origin() const { return origin_; }
  const crypto::SigningKey& receipt() const { return receipt_; }
  const contract::Digest& receipt_kid() const { return receipt_kid_; }
  const translog::NoteSigner& log() const { return log_; }
  const translog::NoteSigner& cosigner() const { return cosigner_; }
  translog::ReceiptIssuer Issuer() const { return {origin_, ToBytes(ByteSpan(receipt_kid_)), receipt_}; }
  LedgerTrust Public() const;

 private:
  LedgerKeys(std::string origin, crypto::SigningKey receipt, translog::NoteSigner log, translog::NoteSigner cosigner);
  std::string origin_;
  crypto::SigningKey receipt_;
  contract::Digest receipt_kid_;
  translog::NoteSigner log_;
  translog::NoteSigner cosigner_;
};

}  // namespace cloister::ledger
