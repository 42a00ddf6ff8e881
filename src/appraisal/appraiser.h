// Appraises verified evidence under a policy and reference values: the answer is a signed attestation result (EAR).
#pragma once

#include <memory>
#include <mutex>

#include "appraisal/reference_values.h"
#include "evidence/verify.h"
#include "policy/policy.h"
#include "token/ear.h"

namespace cloister::appraisal {

// What goes into the policy's input beside the hardware's claims, all of it bound by the evidence.
struct BoundClaims {
  formats::Json runtime_data;      // {additional-evidence, nonce, tee-pubkey}; null where nothing is covered that way
  std::string report_data;         // hex: what the first part signed over
  std::string init_data;           // hex: what the machine was launched with (HOST_DATA, MRCONFIGID …)
  formats::Json init_data_claims;  // null where there is no init-data

  // report_data and init_data as `evidence` has them.
  static BoundClaims Of(const evidence::VerifiedEvidence& evidence, formats::Json runtime_data, formats::Json init_data_claims);
};

// An attestation result. Only Appraiser makes one.
class Appraisal {
 public:
  // The EAR as a JWT, for those who ask later; and its claims, which release policies see as their input.
  const std::string& token() const { return token_; }
  const formats::Json& claims() const { return claims_; }
  token::EarStatus status() const { return status_; }
  // Of the first part, which is the CPU; claims() has all.
  const token::TrustVector& trust() const { return trust_; }
  // The evidence rests on a simulated root: never affirming.
  bool simulated() const { return simulated_; }
  // Why a claim isn't affirming, in words; of several parts each with its submod's name.
  const std::vector<std::string>& reasons() const { return reasons_; }

 private:
  friend class Appraiser;
  Appraisal() = default;
  std::string token_;
  formats::Json claims_;
  token::EarStatus status_ = token::EarStatus::kContraindicated;
  token::TrustVector trust_;
  bool simulated_ = false;
  std::vector<std::string> reasons_;
};

struct AppraiserConfig {
  std::string issuer;          // "iss" of the tokens
  Seconds token_lifetime;
  // Rego v1, package `policy`, whose `trust_claims` is an object of AR4SI claims. Empty: DefaultPolicy().
  std::string policy;
  // Policies of their own for parts of a class ("cpu", "gpu", "switch", "token"), as Trustee has default_cpu, default_gpu ….
  std::map<std::string, std::string> class_policies = {};
  // What query_reference_value(id) gives to policies, as in Trustee: {id: any JSON}; null for others.
  formats::Json reference_values = formats::Json::Object{};
};

// The policy that is used where the owner gives none (Rego v1). It affirms nothing by default: executables need an endorsed
// measurement (and, of a machine with a TPM, endorsed registers: the reference value "pcrs", {"pcr4": [hex, …], …}, all of them), hardware a genuine root, checked revocation and a level that the maker calls up to date, configuration no
// debugging and no migration.
std::string DefaultPolicy();

// The same without a word on executables: for people who ask whether evidence is genuine, and judge the measurement
// themselves.
std::string GenuinenessPolicy();

// The class of a part ("cpu", "gpu", "switch", "token"), which with a number makes its submod's name.
std::string_view PartClass(evidence::EvidenceKind kind);

// Safe to use from several threads.
class Appraiser {
 public:
  // `key` signs tokens (ES256) and outlives this. Errors: those of Policy::Compile.
  static Result<std::unique_ptr<Appraiser>> Create(const AppraiserConfig& config, const crypto::SigningKey& key);

  // Each part under the policy of its class, with one submod each. Endorsed measurements are those of `references`, and config's
  // reference value "measurement". Where one part is simulated none is affirming.
  // Success proves that the policies were evaluated over exactly this evidence; not that it is good: look at status().
  // kMalformed: a policy gave something other than trust claims, or a value out of range. kRefused: it gave none.
  Result<Appraisal> Appraise(const evidence::VerifiedEvidence& evidence, const ReferenceValues& references,
                             const BoundClaims& bound, ByteSpan nonce, Time now) const;

  // SHA-256 of the policy for parts without a policy of their class.
  const crypto::Sha256Digest& policy_digest() const { return policies_.at("").digest; }

 private:
  struct ClassPolicy {
    policy::Policy policy;
    crypto::Sha256Digest digest;
  };
  struct Part {
    std::string submod, part_class;
    formats::Json input;
    bool simulated;
    std::vector<std::string> reasons;
  };
  Appraiser(AppraiserConfig config, std::map<std::string, ClassPolicy, std::less<>> policies, const crypto::SigningKey& key);
  Result<token::EarSubmod> AppraisePart(const Part& part) const;
  Result<Appraisal> AppraiseParts(std::vector<Part> parts, ByteSpan nonce, Time now) const;
  AppraiserConfig config_;
  std::map<std::string, ClassPolicy, std::less<>> policies_;  // by class; "" for all others
  const crypto::SigningKey& key_;
  token::NamedJwk public_key_;
};

}  // namespace cloister::appraisal
