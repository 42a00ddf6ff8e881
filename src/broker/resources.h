// What a plain KBS client can be given: resources by path, and the owner's policies. Contract-bound keys are kept apart
// and never come out here.
#pragma once

#include <mutex>

#include "policy/policy.h"
#include "sealed/record.h"
#include "store/store.h"
#include "token/ear.h"

namespace cloister::broker {

inline constexpr std::size_t kMaxResourceBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxPolicyBytes = std::size_t{256} << 10;

// "repo/type/tag": exactly three segments of [A-Za-z0-9_-][A-Za-z0-9_.-]*, each at most 128 long.
class ResourcePath {
 public:
  static Result<ResourcePath> Parse(std::string_view text);  // kMalformed
  const std::string& text() const { return text_; }
  std::vector<std::string> Segments() const;
  bool operator==(const ResourcePath&) const = default;

 private:
  explicit ResourcePath(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// What opens a contract's dataset: the sealing record and the identity, which leaves the broker never.
struct SealedKey {
  sealed::SealingRecord record;
  sealed::Identity identity;
};

// Over a store that seals (store::SealedStore). Safe to use from several threads.
class Resources {
 public:
  explicit Resources(store::Store& store) : store_(store) {}

  // kNotFound; kRefused: the path holds a contract-bound key.
  Result<SecretBytes> Get(const ResourcePath& path);
  // Overwrites. kConflict: the path holds a contract-bound key; kLimit.
  Result<void> Set(const ResourcePath& path, ByteSpan content);
  Result<void> Delete(const ResourcePath& path);  // kNotFound, kConflict

  // Success proves that the identity opens the record's header. The same again is a success. kConflict: the path holds
  // something else; kMismatch, kUntrusted: the identity does not open it.
  Result<void> AddSealedKey(const ResourcePath& path, const sealed::SealingRecord& record,
                            const sealed::Identity& identity);
  Result<SealedKey> FindSealedKey(const ResourcePath& path);  // kNotFound
  Result<std::vector<std::string>> SealedKeyPaths();

 private:
  store::Store& store_;
};

// The owner's Rego policies, durable; defaults where the owner set none.
// resource: package policy, `data.policy.allow`, input = EAR claims, data = {plugin, "resource-path", query}.
// release: the same rule, data = {contract, run, account}.
enum class PolicyKind { kResource, kRelease };

class Policies {
 public:
  explicit Policies(store::Store& store) : store_(store) {}

  // kMalformed, kUnsupported: it does not compile; kLimit. Nothing changes then.
  Result<void> Set(PolicyKind kind, std::string_view rego);
  Result<std::string> Text(PolicyKind kind);
  Result<policy::Decision> Allows(PolicyKind kind, const formats::Json& claims, const formats::Json& data, Time now);

  // The attestation policy, which `appraisal` compiles; empty: its default.
  Result<void> KeepAttestationPolicy(std::string_view rego);
  Result<std::string> AttestationPolicy();

 private:
  struct Compiled {
    std::string text;
    std::shared_ptr<const policy::Policy> policy;
  };
  Result<std::shared_ptr<const policy::Policy>> Current(PolicyKind kind);

  store::Store& store_;
  std::mutex mutex_;
  Compiled compiled_[2];
};

// Demands that every part of the machine is affirming.
std::string_view DefaultResourcePolicy();
// Demands one CPU that is affirming, without debug; or, where the contract names the simulated root, with a warning.
std::string_view DefaultReleasePolicy();

}  // namespace cloister::broker
