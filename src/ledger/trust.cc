#include "ledger/trust.h"

namespace cloister::ledger {

Result<LedgerTrust> LedgerTrust::FromTerms(const contract::LedgerTerms& terms) {
  auto log = TRY_WITH("ledger's vkey", translog::NoteVerifier::Parse(terms.vkey));
  auto cosigner = TRY_WITH("ledger's cosigner", translog::NoteVerifier::Parse(terms.cosigner));
  if (log.type() != translog::NoteKeyType::kEd25519 || cosigner.type() != translog::NoteKeyType::kCosignature) {
    return Error(ErrorCode::kUnsupported, "ledger: expected a vkey of type 1 and a cosigner of type 4");
  }
  if (terms.keys.empty()) return Error(ErrorCode::kMalformed, "ledger: no key for receipts");
  return LedgerTrust{terms.origin, terms.keys, std::move(log), std::move(cosigner)};
}

contract::LedgerTerms LedgerTrust::ToTerms(std::vector<contract::Digest> tls, Seconds max_checkpoint_age) const {
  return {origin, keys, log.Text(), cosigner.Text(), std::move(tls), max_checkpoint_age};
}

std::vector<token::CoseKey> LedgerTrust::ReceiptKeys() const {
  std::vector<token::CoseKey> out;
  for (const contract::NamedKey& key : keys) out.push_back({ToBytes(ByteSpan(key.kid)), key.key});
  return out;
}

LedgerKeys::LedgerKeys(std::string origin, crypto::SigningKey receipt, translog::NoteSigner log,
                       translog::NoteSigner cosigner)
    : origin_(std::move(origin)),
      receipt_(std::move(receipt)),
      receipt_kid_(contract::KeyThumbprint(receipt_.Public())),
      log_(std::move(log)),
      cosigner_(std::move(cosigner)) {}

Result<LedgerKeys> LedgerKeys::Create(std::string_view origin, crypto::SigningKey receipt, crypto::SigningKey log,
                                      crypto::SigningKey cosigner) {
  if (receipt.algorithm() != crypto::SignatureAlgorithm::kEs256) {
    return Error(ErrorCode::kUsage, "ledger: expected an ES256 key for receipts");
  }
  if (log.Public() == cosigner.Public()) {
    return Error(ErrorCode::kUsage, "ledger: checkpoint and cosignature need different keys");
  }
  auto log_signer = TRY_WITH("ledger", translog::NoteSigner::Create(origin, translog::NoteKeyType::kEd25519, std::move(log)));
  auto cosign_signer =
      TRY_WITH("ledger", translog::NoteSigner::Create(origin, translog::NoteKeyType::kCosignature, std::move(cosigner)));
  return LedgerKeys(std::string(origin), std::move(receipt), std::move(log_signer), std::move(cosign_signer));
}

LedgerTrust LedgerKeys::Public() const {
  return {origin_, {contract::NamedKey::Of(receipt_.Public())}, log_.verifier(), cosigner_.verifier()};
}

}  // namespace cloister::ledger
