// Init-data: what the room is told before it starts, measured as HOST_DATA (docs/formats/clean-room.md, "Init-data").
#pragma once

#include "contract/parts.h"

namespace cloister::contract {

struct InitData {
  struct Ledger {
    std::string origin;
    std::string url;
    std::vector<Digest> keys;  // kids
    std::vector<Digest> tls;   // SHA-256 of SPKIs
    std::vector<std::string> witnesses;
    bool operator==(const Ledger&) const = default;
  };
  struct Broker {
    std::string party;  // DID
    std::string url;
    Digest key;  // SHA-256 of the SPKI of its TLS key
    bool operator==(const Broker&) const = default;
  };
  Digest run_request;  // SHA-256 of its COSE bytes
  std::vector<Digest> contracts;
  Digest pipeline;
  Ledger ledger;
  std::vector<Broker> brokers;

  static Result<InitData> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  // The whole TOML text. kMalformed: another version, algorithm or member.
  static Result<InitData> FromToml(std::string_view text);
  std::string ToToml() const;
  const Broker* BrokerOf(std::string_view party) const;
  bool operator==(const InitData&) const = default;
};

// What HOST_DATA has to be: SHA-256 of the TOML's bytes.
Digest InitDataDigest(std::string_view toml);

}  // namespace cloister::contract
