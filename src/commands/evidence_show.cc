#include "commands/evidence_commands.h"
#include "commands/evidence_files.h"
#include "commands/evidence_text.h"
#include "evidence/describe.h"

namespace cloister::commands {
namespace {

using formats::Json;

constexpr const char* kUnverified = "UNVERIFIED  ";

void PrintFields(const Json& json, const std::string& name, std::ostream& out) {
  if (json.is_object()) {
    for (const auto& [member, value] : **json.AsObject()) PrintFields(value, name.empty() ? member : name + "." + member, out);
  } else if (json.is_array() && !(*json.AsArray())->empty()) {
    std::size_t index = 0;
    for (const Json& element : **json.AsArray()) PrintFields(element, name + "[" + std::to_string(index++) + "]", out);
  } else {
    out << kUnverified << PlainText(name) << ": " << PlainText(json) << "\n";
  }
}

// What a difference in a field means, where it is not plain.
std::string_view Meaning(std::string_view field) {
  constexpr std::pair<std::string_view, std::string_view> kMeanings[] = {
      {"/measurement", "other code was launched"},        {"/host_data", "other init-data"},
      {"/report_data", "another nonce or key"},           {"/chip_id", "another chip"},
      {"/report_id", "another launch of the guest"},      {"/policy", "the guest's owner allowed other things"},
      {"/debug", "one can be looked into"},               {"/platform_info", "another setting of the machine"},
      {"/reported_tcb", "another firmware level"},        {"/current_tcb", "another firmware level"},
      {"/committed_tcb", "another firmware level"},       {"/launch_tcb", "another firmware level at launch"},
      {"/certificates", "other certificates came along"},
  };
  for (const auto& [prefix, meaning] : kMeanings) {
    if (field == prefix || field.starts_with(std::string(prefix) + "/")) return meaning;
  }
  return "";
}

Json DifferencesJson(const std::vector<evidence::EvidenceDifference>& differences) {
  Json::Array list;
  for (const auto& difference : differences) {
    list.push_back(Json::Object{{"field", difference.field}, {"before", difference.before}, {"after", difference.after},
                                {"meaning", Meaning(difference.field)}});
  }
  return list;
}

}  // namespace

Result<Answer> EvidenceShow(const EvidenceShowOptions& options, Streams streams) {
  const evidence::EvidencePart part = TRY(ReadEvidence(TRY(ReadGiven(options.files)), options.tee));
  const Json fields = TRY(evidence::DescribeUnverified(part));
  const std::string tee(evidence::EvidenceKindName(part.kind));
  if (options.json) {
    streams.out << Json(Json::Object{{"UNVERIFIED", true}, {"tee", tee}, {"fields", fields}}).Pretty();
    return Answer::kYes;
  }
  streams.out << kUnverified << tee << " evidence: anybody can write such bytes (cloister evidence verify looks at signatures)\n";
  PrintFields(fields, "", streams.out);
  return Answer::kYes;
}

Result<Answer> EvidenceDiff(const EvidenceDiffOptions& options, Streams streams) {
  const evidence::EvidencePart before = TRY(ReadEvidence(TRY(ReadGiven({options.before})), options.tee));
  const evidence::EvidencePart after = TRY(ReadEvidence(TRY(ReadGiven({options.after})), options.tee));
  if (before.kind != after.kind) {
    return Error(ErrorCode::kUsage, "expected two pieces of one kind, got " + std::string(evidence::EvidenceKindName(before.kind)) +
                                        " and " + std::string(evidence::EvidenceKindName(after.kind)));
  }
  const Json left = TRY_WITH(options.before, evidence::DescribeUnverified(before));
  const Json right = TRY_WITH(options.after, evidence::DescribeUnverified(after));
  const auto differences = evidence::CompareDescriptions(left, right);
  if (options.json) {
    streams.out << Json(Json::Object{{"UNVERIFIED", true}, {"tee", evidence::EvidenceKindName(before.kind)},
                                     {"differences", DifferencesJson(differences)}}).Pretty();
  } else {
    streams.out << kUnverified << (differences.empty() ? "both say the same" : std::to_string(differences.size()) + " fields differ") << "\n";
    for (const auto& difference : differences) {
      const std::string_view meaning = Meaning(difference.field);
      streams.out << kUnverified << PlainText(difference.field) << (meaning.empty() ? "" : ": ") << meaning << "\n"
                  << kUnverified << "  - " << PlainText(difference.before) << "\n"
                  << kUnverified << "  + " << PlainText(difference.after) << "\n";
    }
  }
  return differences.empty() ? Answer::kYes : Answer::kNo;
}

}  // namespace cloister::commands
