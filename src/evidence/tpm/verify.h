// Verifies quotes of a TPM 2.0: which values registers (PCRs) had, over a nonce. A VerifiedTpmQuote can only be made here.
//
// A TPM keeps what it was told. That somebody measured what really ran, and that the TPM is one at all, is for whoever vouches
// for the key: a certificate (ak_certificate.h), a confidential machine (azure/verify.h), or an enrolment.
#pragma once

#include "evidence/tpm/structures.h"
#include "formats/json.h"

namespace cloister::evidence {

// A key that signs only what its TPM made.
class TpmAttestationKey {
 public:
  // From a TPMT_PUBLIC, whose attributes have to say so: restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, not
  // decrypt, a scheme of its own. The area itself is the attester's word until something vouches for it.
  // kUntrusted: a key that could sign made-up quotes; errors of ParseTpmPublic.
  static Result<TpmAttestationKey> FromPublicArea(ByteSpan area);
  // The caller's word that `key` is such a key: somebody it trusts says so of the key alone.
  static TpmAttestationKey KnownToBeRestricted(crypto::VerifyingKey key) { return TpmAttestationKey(std::move(key)); }

  const crypto::VerifyingKey& key() const { return key_; }
  crypto::Sha256Digest Sha256() const { return crypto::Sha256(key_.SpkiDer()); }  // of the SubjectPublicKeyInfo

 private:
  explicit TpmAttestationKey(crypto::VerifyingKey key) : key_(std::move(key)) {}
  crypto::VerifyingKey key_;
};

// Which registers must have been quoted. The attester never chooses: PCRs 16 and 23 can be reset and extended by anyone.
class DemandedPcrs {
 public:
  // All 24 of the SHA-256 bank.
  static DemandedPcrs All() { return DemandedPcrs(PcrSelection::All(PcrBank::kSha256)); }
  // kUsage: none at all, or of SHA-1.
  static Result<DemandedPcrs> Of(const PcrSelection& selection);
  // SHA-1 is broken: who prepares what is measured can find another thing of the same digest. Bit i stands for PCR i.
  static Result<DemandedPcrs> OfBrokenSha1(std::uint32_t bits);
  const PcrSelection& selection() const { return selection_; }

 private:
  explicit DemandedPcrs(const PcrSelection& selection) : selection_(selection) {}
  PcrSelection selection_;
};

// The nonce that the quote has to carry, exactly, or the caller's word that any will do.
class ExpectedTpmNonce {
 public:
  static ExpectedTpmNonce Exactly(ByteSpan nonce) { return ExpectedTpmNonce(ToBytes(nonce)); }
  static ExpectedTpmNonce AnyNonce() { return ExpectedTpmNonce(std::nullopt); }
  const std::optional<Bytes>& value() const { return value_; }

 private:
  explicit ExpectedTpmNonce(std::optional<Bytes> value) : value_(std::move(value)) {}
  std::optional<Bytes> value_;
};

// PCR 8 of SHA-256 after the guest extended it once, with the digest of its init-data (KBS protocol): SHA-256 over 32 zero bytes
// and the digest. Its digest must be of SHA-256.
crypto::Sha256Digest TpmInitDataPcr(const crypto::Sha256Digest& init_data);

class ExpectedTpmInitData {
 public:
  // kUsage: the digest has not 32 bytes.
  static Result<ExpectedTpmInitData> Exactly(ByteSpan digest);
  static ExpectedTpmInitData AnyInitData() { return ExpectedTpmInitData(std::nullopt); }
  const std::optional<crypto::Sha256Digest>& pcr() const { return pcr_; }  // what PCR 8 must be

 private:
  explicit ExpectedTpmInitData(std::optional<crypto::Sha256Digest> pcr) : pcr_(std::move(pcr)) {}
  std::optional<crypto::Sha256Digest> pcr_;
};

struct TpmExpectations {
  ExpectedTpmNonce nonce;
  DemandedPcrs pcrs;
  ExpectedTpmInitData init_data;
};

// What a machine hands over. Everything in it comes from outside.
struct TpmQuoteEvidence {
  Bytes message;  // TPMS_ATTEST
  TpmSignature signature;
  PcrValues pcrs;
};

// Values that came as a list without indices, as those of the demanded registers, ascending: a place in a list says nothing by
// itself. kMismatch: another number of them.
Result<PcrValues> AssignPcrs(const DemandedPcrs& demanded, std::span<const crypto::RegisterDigest> values);

class VerifiedTpmQuote {
 public:
  const TpmQuote& quote() const { return quote_; }
  const PcrSelection& selection() const { return quote_.selections.front(); }
  const PcrValues& pcrs() const { return pcrs_; }  // exactly the demanded ones
  const TpmAttestationKey& key() const { return key_; }

  // Adds the claims that all machines with a TPM have. Bytes are lower-case hex: pcr0 to pcr23 (those quoted), report_data (the
  // nonce), init_data (PCR 8), pcr_bank, tpm_clock (milliseconds), tpm_clock_safe, tpm_reset_count, tpm_restart_count,
  // tpm_firmware_version, ak_sha256.
  void SetClaims(formats::Json& claims) const;
  // {"pcr00": …}: the quoted registers as Trustee names them.
  formats::Json TrusteePcrs() const;

 private:
  friend Result<VerifiedTpmQuote> VerifyTpmQuote(const TpmQuoteEvidence&, const TpmAttestationKey&, const TpmExpectations&);
  VerifiedTpmQuote(const TpmQuote& quote, const PcrValues& pcrs, const TpmAttestationKey& key)
      : quote_(quote), pcrs_(pcrs), key_(key) {}
  TpmQuote quote_;
  PcrValues pcrs_;
  TpmAttestationKey key_;
};

// Success proves that the TPM which holds `key` had these values in exactly the demanded registers when it was given the expected
// nonce. Who vouches for `key` is the caller's to know. Errors: kMalformed, kUnsupported, kLimit (quote); kUntrusted (signature,
// digest over the values); kMismatch (nonce, registers, init-data); kUsage (an empty nonce; init-data without PCR 8 of SHA-256).
Result<VerifiedTpmQuote> VerifyTpmQuote(const TpmQuoteEvidence& evidence, const TpmAttestationKey& key, const TpmExpectations& expected);

// A boot log whose digests are as authentic as the quote. Its data count only where DigestOf says so.
class VerifiedTpmLog {
 public:
  const EventLog& log() const { return log_; }
  // uefi_event_logs (event_json.h), and secure_boot where the log has it (MeasuredSecureBoot).
  formats::Json Claims() const;

 private:
  friend Result<VerifiedTpmLog> VerifyTpmLog(const VerifiedTpmQuote&, ByteSpan);
  VerifiedTpmLog(EventLog log, PcrBank bank) : log_(std::move(log)), bank_(bank) {}
  EventLog log_;
  PcrBank bank_;  // the one that was quoted
};

// Success proves that replaying `log` gives the quoted value of each register it extends, and that of the firmware's (0 to 7) it
// leaves out none that was extended. Of later ones it may: systems keep logs of their own. kMismatch; errors of ParseEventLog,
// ReplayPcrs.
Result<VerifiedTpmLog> VerifyTpmLog(const VerifiedTpmQuote& verified, ByteSpan log);

}  // namespace cloister::evidence
