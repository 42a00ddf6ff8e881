#include "contract/signed_contract.h"

#include <algorithm>

namespace cloister::contract {

namespace {

Result<const Party*> SignerOf(const Contract& contract, std::string_view issuer) {
  const Party* party = contract.FindParty(issuer);
  if (party == nullptr || !party->signs) {
    return Error(ErrorCode::kUntrusted, "contract signature: expected one by a party that signs, got one by another");
  }
  return party;
}

// Most often the payload is, byte for byte, the contract that was read already; then only the signature is new.
Result<Verified<Contract>> VerifySignatureOver(const Contract& contract, std::string_view json, ByteSpan cose) {
  auto statement = TRY(internal::StatementOverKnown(cose, json));
  if (!statement) {
    auto signature = TRY(VerifyContractSignature(cose));
    if (signature->digest() == crypto::Sha256(AsBytes(json))) return signature;
    return Error(ErrorCode::kMismatch, "contract signature of " + signature.issuer() + ": is over another contract");
  }
  const Party* party = TRY(SignerOf(contract, statement->issuer));
  return internal::VerifyKnown(contract, cose, *std::move(statement), party->keys, party->did);
}

}  // namespace

Result<Verified<Contract>> VerifyContractSignature(ByteSpan cose) {
  const UnverifiedStatement statement = TRY(StatementFromUnverified(cose));
  const Contract claimed = TRY_WITH("contract", Contract::FromJson(statement.payload));
  const Party* party = TRY(SignerOf(claimed, statement.issuer));
  return VerifyDocument<Contract>(cose, party->keys, party->did);
}

SignedContract::SignedContract(Contract contract, std::string json)
    : contract_(std::move(contract)), json_(std::move(json)), digest_(crypto::Sha256(AsBytes(json_))) {}

Result<SignedContract> SignedContract::VerifyInPart(std::string_view json, std::span<const Bytes> signatures) {
  Contract contract = TRY_WITH("contract", Contract::FromCanonical(json));
  SignedContract out(std::move(contract), std::string(json));
  for (const Bytes& cose : signatures) {
    Verified<Contract> signature = TRY(VerifySignatureOver(out.contract_, out.json_, cose));
    if (out.SignatureOf(signature.issuer()) != nullptr) {
      return Error(ErrorCode::kConflict, "contract signature of " + signature.issuer() + ": came twice");
    }
    out.signatures_.push_back(std::move(signature));
  }
  return out;
}

Result<SignedContract> SignedContract::Verify(std::string_view json, std::span<const Bytes> signatures) {
  SignedContract out = TRY(VerifyInPart(json, signatures));
  const std::vector<std::string> missing = out.Missing();
  if (!missing.empty()) return Error(ErrorCode::kUntrusted, "contract: no signature of " + missing.front());
  return out;
}

const Verified<Contract>* SignedContract::SignatureOf(std::string_view did) const {
  const auto found = std::find_if(signatures_.begin(), signatures_.end(),
                                  [did](const Verified<Contract>& signature) { return signature.issuer() == did; });
  return found == signatures_.end() ? nullptr : &*found;
}

std::vector<std::string> SignedContract::Missing() const {
  std::vector<std::string> missing = contract_.RequiredSigners();
  std::erase_if(missing, [this](const std::string& did) { return SignatureOf(did) != nullptr; });
  return missing;
}

}  // namespace cloister::contract
