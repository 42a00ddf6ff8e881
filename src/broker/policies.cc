#include "broker/resources.h"

namespace cloister::broker {
namespace {

using formats::Json;

constexpr std::string_view kTable = "policies";
constexpr std::string_view kAttestation = "attestation";
constexpr std::string_view kRule = "data.policy.allow";

constexpr std::string_view kResourcePolicy = R"rego(package policy

import rego.v1

default allow := false

# Every part of the machine is affirming, and there is one.
allow if {
	data.plugin == "resource"
	count(input.submods) > 0
	every submod in input.submods {
		submod["ear.status"] == "affirming"
	}
}
)rego";

constexpr std::string_view kReleasePolicy = R"rego(package policy

import rego.v1

default allow := false

cpu := input.submods.cpu0

snp := cpu["ear.veraison.annotated-evidence"].snp

trust := cpu["ear.trustworthiness-vector"]

trusted if {
	cpu["ear.status"] == "affirming"
	snp.simulated == false
}

# SIMULATED: never affirming. Only where all who signed the contract named this very root.
trusted if {
	cpu["ear.status"] == "warning"
	snp.simulated == true
	snp.root_sha256 in data.contract.constraints[0].compute.roots
	trust.executables == 2
	trust.configuration == 2
}

# One CPU and no device: nobody asked for one.
allow if {
	count(input.submods) == 1
	trusted
}
)rego";

std::string_view KeyOf(PolicyKind kind) { return kind == PolicyKind::kResource ? "resource" : "release"; }
std::string_view DefaultOf(PolicyKind kind) { return kind == PolicyKind::kResource ? kResourcePolicy : kReleasePolicy; }

Result<policy::Policy> Compile(PolicyKind kind, std::string_view rego) {
  const policy::Module module{std::string(KeyOf(kind)) + "-policy.rego", std::string(rego)};
  return TRY_WITH(std::string(KeyOf(kind)) + " policy",
                  policy::Policy::Compile(std::span(&module, 1), Json::Object{}, policy::Limits{}));
}

Result<void> CheckSize(std::string_view rego) {
  if (rego.size() <= kMaxPolicyBytes) return {};
  return Error(ErrorCode::kLimit, "policy: expected at most 262144 bytes, got " + std::to_string(rego.size()));
}

}  // namespace

std::string_view DefaultResourcePolicy() { return kResourcePolicy; }
std::string_view DefaultReleasePolicy() { return kReleasePolicy; }

Result<void> Policies::Set(PolicyKind kind, std::string_view rego) {
  TRY(CheckSize(rego));
  TRY(Compile(kind, rego));
  return store_.Put(kTable, AsBytes(KeyOf(kind)), AsBytes(rego));
}

Result<std::string> Policies::Text(PolicyKind kind) {
  const auto text = TRY(store_.Get(kTable, AsBytes(KeyOf(kind))));
  return text ? std::string(AsText(*text)) : std::string(DefaultOf(kind));
}

// Compiled once for each text that comes into force.
Result<std::shared_ptr<const policy::Policy>> Policies::Current(PolicyKind kind) {
  std::string text = TRY(Text(kind));
  const std::lock_guard lock(mutex_);
  Compiled& current = compiled_[kind == PolicyKind::kResource ? 0 : 1];
  if (current.policy == nullptr || current.text != text) {
    current.policy = std::make_shared<const policy::Policy>(TRY(Compile(kind, text)));
    current.text = std::move(text);
  }
  return current.policy;
}

Result<policy::Decision> Policies::Allows(PolicyKind kind, const Json& claims, const Json& data, Time now) {
  const auto compiled = TRY(Current(kind));
  policy::Context context;
  context.data = data;
  context.now = now;
  return compiled->Allows(kRule, claims, context);
}

Result<void> Policies::KeepAttestationPolicy(std::string_view rego) {
  TRY(CheckSize(rego));
  return store_.Put(kTable, AsBytes(kAttestation), AsBytes(rego));
}

Result<std::string> Policies::AttestationPolicy() {
  const auto text = TRY(store_.Get(kTable, AsBytes(kAttestation)));
  return text ? std::string(AsText(*text)) : std::string();
}

}  // namespace cloister::broker
