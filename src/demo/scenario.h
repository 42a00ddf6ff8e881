// What the demonstration works on: real tables, split among providers, and the patients that the consumer keeps to itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/random.h"
#include "formats/json.h"

namespace cloister::demo {

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

// Which fifth of the people the consumer keeps: number 1 to 5 are the five fifths of one shuffled order, 6 to 10 those of the
// next, and so on, so that over five runs each person is kept once. The same number gives the same, so that figures can be
// compared between releases; nothing secret hangs on it.
class SplitNumber {
 public:
  explicit SplitNumber(std::uint64_t number) : number_(number) { CHECK(number > 0); }
  std::uint64_t round() const { return (number_ - 1) / 5; }
  std::size_t fifth() const { return (number_ - 1) % 5; }

 private:
  std::uint64_t number_;
};

// Wisconsin diagnostic breast cancer: `file` is scikit-learn's breast_cancer.csv. Three hospitals hold ten columns each
// and the first one the label.
Result<Scenario> BreastCancerScenario(const std::filesystem::path& file, SplitNumber split);

// DEPA's COVID tables; `folder` holds dp_icmr_…, dp_cowin_… and dp_index_standardised_anon.csv.
Result<Scenario> CovidScenario(const std::filesystem::path& folder, SplitNumber split);

}  // namespace cloister::demo
