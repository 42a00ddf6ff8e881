// What is asked of the ledger and what it answers (docs/formats/clean-room.md, "Fresh answer").
#pragma once

#include "base/time.h"
#include "contract/signed.h"

namespace cloister::contract {

using Nonce = std::array<std::uint8_t, 32>;

struct Revocation {
  static constexpr std::string_view kContentType = "application/vnd.cloister.revocation+json";
  std::string id;   // of the contract
  Digest contract;  // the version revoked
  std::string by;   // DID
  std::string reason;
  Time time;

  static Result<Revocation> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return id; }
  bool operator==(const Revocation&) const = default;
};

struct AccountName {
  std::string broker;  // DID
  std::string account;
  auto operator<=>(const AccountName&) const = default;
};

// Not signed.
struct FreshRequest {
  Nonce nonce;
  std::vector<Digest> contracts;
  std::optional<std::string> run;
  std::vector<AccountName> accounts;
  std::vector<std::uint64_t> consistency_from;  // tree sizes

  static Result<FreshRequest> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const FreshRequest&) const = default;
};

enum class ContractState { kActive, kSignedInPart, kNotYet, kExpired, kRevoked, kSuperseded, kUnknown };
std::string_view ContractStateName(ContractState state);
enum class RunState { kUnused, kReserved, kReported };
std::string_view RunStateName(RunState state);

struct FreshAnswer {
  static constexpr std::string_view kContentType = "application/vnd.cloister.fresh-answer+json";
  struct RevokedBy {
    std::string by;
    std::string reason;
    Time time;
    bool operator==(const RevokedBy&) const = default;
  };
  struct ContractStatus {
    Digest contract;
    ContractState state;
    std::vector<std::string> missing;  // DIDs
    std::optional<RevokedBy> revocation;
    bool operator==(const ContractStatus&) const = default;
  };
  struct RunStatus {
    std::string run;
    RunState state;
    bool operator==(const RunStatus&) const = default;
  };
  struct AccountHead {
    AccountName name;
    std::uint64_t sequence;  // 0 and zeros where there is no entry
    Digest head;
    bool operator==(const AccountHead&) const = default;
  };
  struct Consistency {
    std::uint64_t from;
    std::vector<Digest> proof;  // RFC 9162 §2.1.4, from `from` to the checkpoint
    bool operator==(const Consistency&) const = default;
  };
  Nonce nonce;
  std::string origin;
  std::string checkpoint;  // C2SP, with the ledger's cosignature
  Time time;
  std::vector<ContractStatus> contracts;
  std::optional<RunStatus> run;
  std::vector<AccountHead> accounts;
  std::vector<Consistency> consistency;

  static Result<FreshAnswer> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return "fresh"; }
  // Null pointers where it says nothing on that.
  const ContractStatus* StatusOf(const Digest& contract) const;
  const AccountHead* HeadOf(const AccountName& name) const;
  const Consistency* ConsistencyFrom(std::uint64_t size) const;
  bool operator==(const FreshAnswer&) const = default;
};

struct ReadRequest {
  static constexpr std::string_view kContentType = "application/vnd.cloister.read+json";
  std::uint64_t entry;  // index
  Time time;
  Nonce nonce;

  static Result<ReadRequest> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return std::to_string(entry); }
  bool operator==(const ReadRequest&) const = default;
};

}  // namespace cloister::contract
