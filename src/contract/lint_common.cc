#include <charconv>
#include <cmath>
#include <set>

#include "contract/internal/lint_walk.h"

namespace cloister::contract::internal {

using formats::Json;

void Walk::Add(Severity severity, std::string pointer, std::string expected, std::string found, std::string advice) {
  findings_.push_back({severity, std::move(pointer), std::move(expected), std::move(found), std::move(advice)});
}

bool Walk::HasErrors() const {
  for (const Finding& finding : findings_) {
    if (finding.severity == Severity::kError) return true;
  }
  return false;
}

std::string Walk::Show(const Json* value) {
  if (value == nullptr) return "nothing";
  if (value->is_string() && value->AsString()->empty()) return "an empty text";
  std::string text = value->Dump();
  if (text.size() > 80)
    text = std::string(formats::JsonTypeName(value->type())) + " of " + std::to_string(text.size()) + " characters";
  return text;
}

std::optional<double> Walk::Number(const Json* value) {
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    const Result<double> number = value->AsNumber();
    return number ? std::optional(*number) : std::nullopt;
  }
  const std::string text = *value->AsString();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<std::string> Walk::Text(const Json& json, std::string_view key) {
  const Result<std::string> text = json.GetString(key);
  if (!text || text->empty()) return std::nullopt;
  return *text;
}

const Json::Array& Walk::Items(const Json& json, std::string_view key) {
  static const Json::Array kNone;
  const Result<const Json::Array*> items = json.GetArray(key);
  return items ? **items : kNone;
}

namespace {

void LintDid(const Json* value, const std::string& pointer, std::string_view who, Walk& walk) {
  const std::string expected = "the DID of the " + std::string(who) + ", such as did:web:bank.example";
  const std::string text = value != nullptr && value->is_string() ? *value->AsString() : "";
  if (text.find('$') != std::string::npos) {
    walk.Error(pointer, expected, Walk::Show(value),
               "Replace the placeholder by the party's DID: a placeholder can sign nothing.");
  } else if (text.empty() || !CheckDid(text)) {
    walk.Error(pointer, expected, Walk::Show(value),
               "Name the party by its DID; without it nobody can say whose signature is missing.");
  }
}

void LintDates(const Json& contract, Time now, Walk& walk) {
  std::optional<Time> times[2];
  const std::string_view names[2] = {"startTime", "expiryTime"};
  for (int i = 0; i < 2; ++i) {
    const std::optional<std::string> text = Walk::Text(contract, names[i]);
    if (text) {
      if (const Result<Time> time = FromRfc3339(*text)) times[i] = *time;
    }
    if (!times[i]) {
      walk.Error("/" + std::string(names[i]), "a time in UTC such as 2026-11-20T13:00:00Z",
                 Walk::Show(contract.Find(names[i])), "Write when the contract begins and ends.");
    }
  }
  if (times[0] && times[1] && !(*times[0] < *times[1])) {
    walk.Error("/expiryTime", "a time after startTime", ToRfc3339(*times[1]), "Correct the dates.");
  } else if (times[1] && now >= *times[1]) {
    walk.Error("/expiryTime", "a time after now, " + ToRfc3339(now), ToRfc3339(*times[1]),
               "The contract is over: no broker gives a key under it. Draw up a new version with later dates.");
  } else if (times[0] && now < *times[0]) {
    walk.Note("/startTime", "a time before now, " + ToRfc3339(now), ToRfc3339(*times[0]),
              "Nothing; the contract becomes active then.");
  }
}

void LintUrl(const Json& dataset, const std::string& at, Walk& walk) {
  const std::optional<std::string> url = Walk::Text(dataset, "url");
  if (!url || url->find('$') != std::string::npos) {
    walk.Error(at + "/url", "where the operator finds the ciphertext", Walk::Show(dataset.Find("url")),
               url ? "Replace the placeholders by the real address before anybody signs." : "Write the address.");
  } else if (!url->starts_with("https://")) {
    walk.Note(at + "/url", "an https address", Walk::Show(dataset.Find("url")),
              "Nothing, if the operator can reach it; the ciphertext is checked by its digest anyway.");
  }
}

void LintIds(const Json::Array& datasets, Walk& walk) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    const std::optional<std::string> id = Walk::Text(datasets[i], "id");
    const std::string at = "/datasets/" + std::to_string(i) + "/id";
    if (!id) walk.Error(at, "an id", Walk::Show(datasets[i].Find("id")), "Give the dataset a UUID of its own.");
    if (id && !seen.insert(*id).second)
      walk.Error(at, "an id that no other dataset has", *id, "Give it a UUID of its own.");
  }
}

}  // namespace

void LintCommon(const Json& contract, Time now, Walk& walk) {
  if (!Walk::Text(contract, "id")) {
    walk.Error("/id", "a UUID, unique for ever", Walk::Show(contract.Find("id")),
               "Give the contract an id of its own.");
  }
  LintDates(contract, now, walk);
  if (Walk::Text(contract, "purpose") != "TRAINING") {
    walk.Error("/purpose", "\"TRAINING\"", Walk::Show(contract.Find("purpose")), "Only training is carried out.");
  }
  LintDid(contract.Find("tdc"), "/tdc", "data consumer", walk);
  LintDid(contract.Find("ccrp"), "/ccrp", "clean room provider", walk);
  const Json::Array& tdps = Walk::Items(contract, "tdps");
  if (tdps.empty()) {
    walk.Error("/tdps", "the DIDs of the data providers", Walk::Show(contract.Find("tdps")),
               "Name each provider; without them nobody's data may be used.");
  }
  for (std::size_t i = 0; i < tdps.size(); ++i) LintDid(&tdps[i], "/tdps/" + std::to_string(i), "data provider", walk);

  const Json::Array& datasets = Walk::Items(contract, "datasets");
  if (datasets.empty())
    walk.Error("/datasets", "one dataset or more", Walk::Show(contract.Find("datasets")), "Name the data.");
  LintIds(datasets, walk);
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    const std::string at = "/datasets/" + std::to_string(i);
    LintUrl(datasets[i], at, walk);
    LintDid(datasets[i].Find("provider"), at + "/provider", "dataset's provider", walk);
  }
}

}  // namespace cloister::contract::internal
