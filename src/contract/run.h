// The documents of one run (docs/formats/clean-room.md): request, certification, reservation, spent, settlement,
// report.
#pragma once

#include "base/time.h"
#include "contract/charged.h"
#include "contract/contract.h"
#include "contract/signed.h"

namespace cloister::contract {

// The issuer of what a room signs: "urn:cloister:room:RUN".
std::string RoomIssuer(std::string_view run);

// The consumer's single-use order.
struct RunRequest {
  static constexpr std::string_view kContentType = "application/vnd.cloister.run-request+json";
  struct Spend {
    std::string dataset;
    double epsilon;
    double delta;
    bool operator==(const Spend&) const = default;
  };
  std::string run;  // UUID
  std::vector<Digest> contracts;
  Digest pipeline;  // SHA-256 of the pipeline's plaintext
  std::vector<Spend> spend;
  std::string consumer;  // DID
  Time not_before;
  Time deadline;

  static Result<RunRequest> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return run; }
  // Null pointer where the request does not spend on the dataset.
  const Spend* SpendOn(std::string_view dataset) const;
  // kExpired: outside [not_before, deadline).
  Result<void> CheckTime(Time now) const;
  bool operator==(const RunRequest&) const = default;
};

// The certifier's word on which rooms are good.
struct Certification {
  static constexpr std::string_view kContentType = "application/vnd.cloister.certification+json";
  std::string certifier;  // DID
  std::vector<crypto::Sha384Digest> measurements;
  std::vector<std::string> algorithms;  // "dp-sgd/1"
  std::vector<std::string> claims;
  Time not_before;
  Time not_after;

  static Result<Certification> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return "room"; }
  bool Covers(ByteSpan measurement) const;
  // kExpired: outside [not_before, not_after).
  Result<void> CheckTime(Time now) const;
  bool operator==(const Certification&) const = default;
};

struct Reservation {
  static constexpr std::string_view kContentType = "application/vnd.cloister.reservation+json";
  std::string run;
  Digest run_request;  // SHA-256 of its COSE bytes
  Digest contract;
  std::string dataset;
  std::string account;
  std::string broker;  // DID of the party
  std::uint64_t sequence;
  Digest head;  // of the account after this reservation
  double epsilon;
  double delta;
  Charged charged;  // after this reservation
  Time deadline;
  Digest room_key;  // thumbprint of the room's signing key

  static Result<Reservation> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return run; }
  bool operator==(const Reservation&) const = default;
};

// One use of the subsampled Gaussian mechanism, `steps` times.
struct Mechanism {
  double sigma;  // noise multiplier, > 0
  double q;      // sampling rate, (0, 1]
  std::uint64_t steps;
  static Result<Mechanism> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const Mechanism&) const = default;
};

struct Spent {
  static constexpr std::string_view kContentType = "application/vnd.cloister.spent+json";
  std::string run;
  std::string dataset;
  std::string account;
  double epsilon;
  double delta;
  std::vector<Mechanism> mechanisms;

  static Result<Spent> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return run; }
  bool operator==(const Spent&) const = default;
};

// The broker's word that the key was released, and what stays charged for it.
struct Settlement {
  static constexpr std::string_view kContentType = "application/vnd.cloister.settlement+json";
  std::string run;
  std::string dataset;
  std::string account;
  std::string broker;
  std::uint64_t sequence;
  Digest head;
  double epsilon;
  double delta;
  Charged charged;  // after this settlement

  static Result<Settlement> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return run; }
  bool operator==(const Settlement&) const = default;
};

struct RunReport {
  static constexpr std::string_view kContentType = "application/vnd.cloister.run-report+json";
  struct Input {
    std::string dataset;
    Digest sha256;
    bool operator==(const Input&) const = default;
  };
  struct Released {
    std::string name;
    OutputKind kind;
    std::string to;
    std::string recipient;
    Digest sha256;       // of the ciphertext
    std::uint64_t size;  // bytes
    bool operator==(const Released&) const = default;
  };
  struct Charge {
    std::string dataset;
    std::string account;
    double epsilon;
    double delta;
    std::vector<Mechanism> mechanisms;
    bool operator==(const Charge&) const = default;
  };
  std::string run;
  Digest run_request;
  std::vector<Digest> contracts;
  Digest pipeline;
  crypto::VerifyingKey room_key;
  crypto::Sha384Digest measurement;
  Digest host_data;
  Digest evidence;  // of the evidence JSON that the consumer's broker verified
  bool simulated;
  std::vector<Input> inputs;
  std::vector<Released> outputs;
  std::vector<Charge> spent;
  std::vector<Bytes> reservations;  // COSE
  Digest audit_head;
  Time time;  // the ledger's

  static Result<RunReport> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return run; }
  bool operator==(const RunReport&) const = default;
};

// Verifies a run report by the key it names, and that this is the `room_key` of each of its reservations, each signed
// by a broker key of one of `contracts`, for this run and run request, one for each dataset of the contracts. Success
// proves that the room to which the brokers reserved says so. kUntrusted, kMismatch, kMalformed.
Result<Verified<RunReport>> VerifyRunReport(ByteSpan cose, std::span<const Contract> contracts);

struct Scrub {
  static constexpr std::string_view kContentType = "application/vnd.cloister.scrub+json";
  std::string run;
  std::vector<std::string> wiped;
  std::uint64_t bytes;
  Digest report;  // of the run report's COSE bytes
  Time time;

  static Result<Scrub> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  std::string Subject() const { return run; }
  bool operator==(const Scrub&) const = default;
};

}  // namespace cloister::contract
