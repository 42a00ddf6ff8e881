// Bodies of the calls that the clean room adds to KBS 0.4.0 (docs/formats/clean-room.md, "Calls of the broker").
#pragma once

#include "base/secret_bytes.h"
#include "contract/parts.h"

namespace cloister::contract {

// POST /kbs/v0/cloister/reserve -> {reservation}
struct ReserveCall {
  Bytes run_request;  // COSE, as all Bytes here
  std::vector<Digest> contracts;
  std::vector<Bytes> receipts;
  Bytes certification;
  Bytes ledger_answer;
  std::string dataset;
  double epsilon;
  double delta;
  static Result<ReserveCall> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const ReserveCall&) const = default;
};

// POST /kbs/v0/cloister/release -> JWE of a FileKey
struct ReleaseCall {
  std::string dataset;
  std::vector<Bytes> reservations;
  static Result<ReleaseCall> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const ReleaseCall&) const = default;
};

// POST /kbs/v0/cloister/report -> {settlement}
struct ReportCall {
  Bytes spent;
  static Result<ReportCall> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  bool operator==(const ReportCall&) const = default;
};

// {"reservation": COSE} and {"settlement": COSE}.
formats::Json AnswerWith(std::string_view member, ByteSpan cose);
Result<Bytes> CoseFromAnswer(const formats::Json& json, std::string_view member);

// The plaintext of the release's JWE.
struct FileKey {
  std::string run;
  Digest contract;
  std::string dataset;
  Digest header_sha256;
  SecretBytes file_key;  // 16 bytes

  static Result<FileKey> FromCanonical(const SecretBytes& text);
  SecretBytes ToCanonical() const;
};

}  // namespace cloister::contract
