// A contract with the signatures of its parties.
#pragma once

#include "contract/contract.h"
#include "contract/signed.h"

namespace cloister::contract {

// Verifies one party's signature over a contract. The key is the one the contract itself pins for the issuer, so
// success proves that whoever holds that key signed this contract; that the key is really the party's is for those who
// know the party's key from elsewhere. kUntrusted: the issuer is no party that signs.
Result<Verified<Contract>> VerifyContractSignature(ByteSpan cose);

// A contract of which at least the signatures it holds were verified. Made by the Verify functions only.
class SignedContract {
 public:
  // `json` is the canonical contract. Demands a signature of each party that must sign. kUntrusted: one is missing or
  // does not hold; kMismatch: one is over another contract; kConflict: two of one party.
  static Result<SignedContract> Verify(std::string_view json, std::span<const Bytes> signatures);
  // The same, and some may be missing; Missing() says whose.
  static Result<SignedContract> VerifyInPart(std::string_view json, std::span<const Bytes> signatures);

  const Contract& operator*() const { return contract_; }
  const Contract* operator->() const { return &contract_; }
  const std::string& json() const { return json_; }
  const Digest& digest() const { return digest_; }
  const std::vector<Verified<Contract>>& signatures() const { return signatures_; }
  // Null pointer where that party has not signed.
  const Verified<Contract>* SignatureOf(std::string_view did) const;
  // DIDs of those who must sign and have not.
  std::vector<std::string> Missing() const;

 private:
  SignedContract(Contract contract, std::string json);
  Contract contract_;
  std::string json_;
  Digest digest_;
  std::vector<Verified<Contract>> signatures_;
};

}  // namespace cloister::contract
