// What the demonstration works on: real tables, split among providers, and the patients that the consumer keeps to itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/random.h"
#include "formats/json.h"

namespace cloister::commands {

// A column as the provider describes it in the contract; bounds and typical value are public knowledge.
struct ScenarioField {
  std::string name;
  std::string type;    // "number", "integer", "text"
  std::string use;     // "identifier", "feature", "label", "other"
  double low = 0;
  double high = 0;
};

// One provider's table.
struct ScenarioTable {
  std::string owner;   // "hospital-a"
  std::string name;    // table name in the pipeline's SQL
  std::vector<ScenarioField> fields;  // all columns, in the file's order; nobody is permitted to read an "other" one
  std::string csv;                    // with a header line
  std::size_t rows = 0;
};

// Rows of the people whom the consumer kept, in the order of Scenario::features; the tables do not hold them.
struct HeldOut {
  std::vector<std::vector<double>> features;
  std::vector<double> labels;
};

struct Scenario {
  std::string name;
  std::string title;
  std::vector<ScenarioTable> tables;
  std::string person;                 // the person key's column in every table
  std::string label;
  std::vector<std::string> features;  // in the order of the pipeline's SELECT
  std::string sql;
  HeldOut held_out;
  double epsilon = 0;                 // of one run, for each provider
  double delta = 0;
  std::vector<std::string> notes;     // what a reader should compare the accuracy with
};

// Wisconsin diagnostic breast cancer: `file` is scikit-learn's breast_cancer.csv. Three hospitals hold ten columns each
// and the first one the label; a fifth of the patients, drawn by `random`, stays with the researcher.
Result<Scenario> BreastCancerScenario(const std::filesystem::path& file, crypto::RandomSource& random);

// DEPA's COVID tables; `folder` holds dp_icmr_…, dp_cowin_… and dp_index_standardised_anon.csv.
Result<Scenario> CovidScenario(const std::filesystem::path& folder, crypto::RandomSource& random);

}  // namespace cloister::commands
