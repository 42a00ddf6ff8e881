#include "commands/evidence_text.h"

#include <algorithm>

namespace cloister::commands {
namespace {

using formats::Json;

constexpr std::size_t kLabel = 14;

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// `name` padded, then each line under the one before.
void AddBlock(std::string& out, std::string name, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    name.resize(std::max(kLabel, name.size() + 1), ' ');
    out += "  " + name + line + "\n";
    name.clear();
  }
}

std::string TrustLine(std::string_view claim, int value) {
  const auto status = token::EarStatusOf(value);
  return std::string(claim) + ": " + (status ? std::string(token::EarStatusName(*status)) : "?") + " (" + std::to_string(value) + ")";
}

std::string PartText(const evidence::PartFindings& part, bool simulated) {
  std::string out = std::string(part.Tee()) + (simulated ? "  SIMULATED" : "") + "\n";
  AddBlock(out, "signed by", part.chain);
  AddBlock(out, "proved", part.proved);
  std::vector<std::string> lines;
  for (const evidence::NotChecked& missing : part.not_checked) lines.push_back(missing.what + ": " + missing.why);
  AddBlock(out, "NOT checked", lines);
  lines.clear();
  for (const evidence::LeftToPolicy& left : evidence::FindLeftToPolicy(part)) {
    lines.push_back(left.claim + " " + PlainText(left.value) + ": " + left.why);
  }
  AddBlock(out, "for a policy", lines);
  return out;
}

Json PartJson(const evidence::PartFindings& part) {
  Json::Array proved(part.proved.begin(), part.proved.end());
  Json::Array chain(part.chain.begin(), part.chain.end());
  Json::Array not_checked, left;
  for (const evidence::NotChecked& missing : part.not_checked) {
    not_checked.push_back(Json::Object{{"what", missing.what}, {"why", missing.why}});
  }
  for (const evidence::LeftToPolicy& one : evidence::FindLeftToPolicy(part)) {
    left.push_back(Json::Object{{"claim", one.claim}, {"value", one.value}, {"why", one.why}});
  }
  return Json::Object{{"tee", part.Tee()},           {"claims", part.claims},           {"proved", std::move(proved)},
                      {"chain", std::move(chain)},   {"not_checked", std::move(not_checked)}, {"left_to_policy", std::move(left)}};
}

}  // namespace

std::string PlainText(const Json& value) {
  if (value.is_string() && IsPrintable(*value.AsString())) return *value.AsString();
  std::string out;
  for (const char c : value.Dump()) {
    if (IsPrintable(std::string_view(&c, 1))) out.push_back(c);
    else out += "\\x" + ToHex(AsBytes(std::string_view(&c, 1)));
  }
  return out;
}

bool EvidenceVerdict::Yes() const {
  if (evidence.simulated()) return false;
  return appraisal == nullptr || appraisal->status() == token::EarStatus::kAffirming;
}

Json EvidenceVerdict::ToJson() const {
  Json::Array parts;
  for (const evidence::PartFindings& part : evidence.parts()) parts.push_back(PartJson(part));
  Json json = Json::Object{{"verified", true},
                           {"SIMULATED", evidence.simulated()},
                           {"verified_at", ToRfc3339(evidence.verified_at())},
                           {"parts", std::move(parts)},
                           {"policy", nullptr},
                           {"status", "not appraised"},
                           {"yes", Yes()}};
  if (appraisal == nullptr) return json;
  json.Set("policy", Json::Object{{"name", policy_name}, {"sha256", ToHex(policy_digest)}});
  json.Set("status", token::EarStatusName(appraisal->status()));
  json.Set("reasons", Json::Array(appraisal->reasons().begin(), appraisal->reasons().end()));
  json.Set("ear", appraisal->claims());
  return json;
}

std::string EvidenceVerdict::ToText() const {
  const bool simulated = evidence.simulated();
  std::string out;
  for (const evidence::PartFindings& part : evidence.parts()) out += PartText(part, simulated);
  std::vector<std::string> lines = {"NOT APPRAISED: verified says who signed, not that it is good"};
  if (appraisal != nullptr) {
    lines = {policy_name + ", sha256 " + ToHex(policy_digest)};
    for (const std::string_view claim : token::kTrustClaims) {
      if (const auto value = appraisal->trust().Get(claim)) lines.push_back(TrustLine(claim, *value));
    }
  }
  AddBlock(out, "policy", lines);
  if (appraisal != nullptr && appraisal->status() != token::EarStatus::kAffirming) AddBlock(out, "because", appraisal->reasons());
  const std::string status = appraisal == nullptr ? "not appraised" : std::string(token::EarStatusName(appraisal->status()));
  out += std::string(Yes() ? "YES" : "NO") + (simulated ? "  SIMULATED" : "") + "  verified at " + ToRfc3339(evidence.verified_at()) +
         ", " + status + "\n";
  return out;
}

}  // namespace cloister::commands
