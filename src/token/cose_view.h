// COSE_Sign1 (RFC 9052 §4.2) read in place, for messages of others that are verified often.
#pragma once

#include "crypto/sign.h"
#include "formats/cbor_view.h"

namespace cloister::token {

// What UnverifiedCose1::Parse takes with CoseForm::kAny, without copies. Nothing of what it gives was checked, unless Verify
// said so. kid, content type and claims are not looked at.
class UnverifiedCose1View {
 public:
  // Memory that one message is read into and that the next one uses again.
  struct Scratch {
    formats::CborTape message, protected_header;
    Bytes signed_bytes;
  };

  // `message` and `scratch` must outlive the view, and `scratch` holds one view at a time. kMalformed; kLimit: more than
  // kMaxCoseBytes, or than 1,024 values around the payload.
  static Result<UnverifiedCose1View> Parse(ByteSpan message, Scratch& scratch);

  // None where the protected header has no such label.
  std::optional<formats::CborView> Protected(std::int64_t label) const;
  const formats::CborView& unprotected_headers() const { return unprotected_; }
  // None where the payload is detached.
  const std::optional<ByteSpan>& unverified_payload() const { return payload_; }

  // Success proves that the owner of `key` signed this payload and these protected headers. kUnsupported: crit, of which
  // nobody here knows a label; kMismatch: `alg` is not the key's, or the payload is detached; kUntrusted.
  Result<void> Verify(const crypto::VerifyingKey& key) const;

 private:
  static Result<UnverifiedCose1View> Read(ByteSpan message, Scratch& scratch);
  UnverifiedCose1View(Scratch& scratch, std::optional<formats::CborView> protected_headers, ByteSpan protected_bytes,
                      const formats::CborView& unprotected, std::optional<ByteSpan> payload, ByteSpan signature)
      : scratch_(&scratch),
        protected_(std::move(protected_headers)),
        protected_bytes_(protected_bytes),
        unprotected_(unprotected),
        payload_(payload),
        signature_(signature) {}

  Scratch* scratch_;
  std::optional<formats::CborView> protected_;  // none: empty
  ByteSpan protected_bytes_;                    // as they stand in the Sig_structure
  formats::CborView unprotected_;
  std::optional<ByteSpan> payload_;
  ByteSpan signature_;
};

}  // namespace cloister::token
