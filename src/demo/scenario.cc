#include "demo/scenario.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>

#include "base/file.h"

namespace cloister::demo {
namespace {

constexpr std::size_t kMaxCsvBytes = 64u << 20;
using Rows = std::vector<std::vector<std::string>>;

struct Table {
  std::vector<std::string> columns;
  Rows rows;
};

std::vector<std::string> SplitLine(std::string_view line) {
  std::vector<std::string> cells;
  for (;;) {
    const std::size_t comma = line.find(',');
    cells.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

// Reads comma separated lines without quotes; `columns` are taken from the first line where `header` is set.
Result<Table> ReadTable(const std::filesystem::path& path, bool header) {
  const std::string text = TRY(ReadTextFile(path, kMaxCsvBytes));
  if (text.find('"') != std::string::npos) {
    return Error(ErrorCode::kUnsupported, path.string() + ": expected a table without quoted cells, found one");
  }
  Table table;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    std::vector<std::string> cells = SplitLine(line);
    if (table.columns.empty()) {
      table.columns = cells;
      if (header) continue;
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Result<double> ToNumber(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(ErrorCode::kMalformed, "expected a number in every cell of a feature, found other text");
  }
  return value;
}

std::size_t RandomBelow(crypto::RandomSource& random, std::size_t limit) {
  // The remainder's bias is below 2^-40 for the few thousand rows here, and nothing secret hangs on it.
  std::array<std::uint8_t, 8> bytes;
  random.Fill(bytes);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return static_cast<std::size_t>(value % limit);
}

std::vector<std::size_t> Shuffled(std::size_t count, crypto::RandomSource& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[RandomBelow(random, i)]);
  return order;
}

std::string ToCsv(const std::vector<std::string>& columns, const Rows& rows) {
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) out += (i > 0 ? "," : "") + cells[i];
    out += '\n';
  };
  line(columns);
  for (const auto& row : rows) line(row);
  return out;
}

Result<std::size_t> ColumnIndex(const Table& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  if (found == table.columns.end()) {
    return Error(ErrorCode::kNotFound, "expected a column " + name + ", the table has none of that name");
  }
  return static_cast<std::size_t>(found - table.columns.begin());
}

// One SELECT over all tables, joined on the person, in the order person, features, label.
std::string JoinSql(const Scenario& scenario) {
  std::string select = "SELECT " + scenario.tables[0].name + "." + scenario.person + " AS person";
  std::string from = " FROM " + scenario.tables[0].name;
  std::string label;
  for (std::size_t i = 0; i < scenario.tables.size(); ++i) {
    const ScenarioTable& table = scenario.tables[i];
    for (const ScenarioField& field : table.fields) {
      if (field.use == "feature") select += ", " + table.name + "." + field.name + " AS " + field.name;
      if (field.use == "label") label = ", " + table.name + "." + field.name + " AS " + field.name;
    }
    if (i > 0) {
      from += " JOIN " + table.name + " ON " + scenario.tables[0].name + "." + scenario.person + " = " + table.name +
              "." + scenario.person;
    }
  }
  return select + label + from;
}

// Takes a fifth of the persons out of all tables; what is left goes to each provider in an order of its own.
Result<void> Split(Scenario& scenario, const std::vector<Table>& tables, SplitNumber split) {
  crypto::DeterministicRandom random(split.round() + 1);
  std::map<std::string, std::vector<std::vector<std::string>>> by_person;
  std::vector<std::string> people;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const std::size_t key = TRY(ColumnIndex(tables[t], scenario.person));
    for (const auto& row : tables[t].rows) {
      if (row.size() != tables[t].columns.size()) {
        return Error(ErrorCode::kMalformed, "expected " + std::to_string(tables[t].columns.size()) +
                                                " cells in each line, found " + std::to_string(row.size()));
      }
      if (t == 0) people.push_back(row[key]);
      by_person[row[key]].push_back(row);
    }
  }
  std::vector<std::size_t> order = Shuffled(people.size(), random);
  const std::size_t kept = people.size() / 5;
  const auto first = static_cast<std::ptrdiff_t>(kept * split.fifth());
  std::rotate(order.begin(), order.begin() + first, order.end());
  for (std::size_t i = 0; i < kept; ++i) {
    const auto& rows = by_person[people[order[i]]];
    if (rows.size() != tables.size()) return Error(ErrorCode::kMalformed, "expected every person once in each table");
    std::vector<double> features;
    for (std::size_t t = 0; t < tables.size(); ++t) {
      for (const ScenarioField& field : scenario.tables[t].fields) {
        if (field.use != "feature" && field.use != "label") continue;
        const double value = TRY(ToNumber(rows[t][TRY(ColumnIndex(tables[t], field.name))]));
        if (field.use == "feature") features.push_back(value);
        if (field.use == "label") scenario.held_out.labels.push_back(value);
      }
    }
    scenario.held_out.features.push_back(std::move(features));
  }
  order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept));
  for (std::size_t t = 0; t < tables.size(); ++t) {
    Rows rows;
    for (const std::size_t i : Shuffled(order.size(), random)) rows.push_back(by_person[people[order[i]]][t]);
    scenario.tables[t].rows = rows.size();
    scenario.tables[t].csv = ToCsv(tables[t].columns, rows);
  }
  return {};
}

// Names every column of the file; one that the scenario doesn't use is text that nobody may read.
void DescribeAll(ScenarioTable& described, const Table& table) {
  std::vector<ScenarioField> all;
  for (const std::string& column : table.columns) {
    const auto used = std::find_if(described.fields.begin(), described.fields.end(),
                                   [&](const ScenarioField& field) { return field.name == column; });
    all.push_back(used == described.fields.end() ? ScenarioField{column, "text", "other", 0, 0} : *used);
  }
  described.fields = std::move(all);
}

void Finish(Scenario& scenario) {
  for (const ScenarioTable& table : scenario.tables) {
    for (const ScenarioField& field : table.fields) {
      if (field.use == "feature") scenario.features.push_back(field.name);
    }
  }
  scenario.sql = JoinSql(scenario);
}

struct Bounds {
  const char* name;
  double low;
  double high;
};

// Public knowledge about the measurements, ten for each hospital in the file's column order.
constexpr Bounds kNuclei[3][10] = {
    {{"mean_radius", 5, 30}, {"mean_texture", 5, 45}, {"mean_perimeter", 30, 200}, {"mean_area", 50, 3000},
     {"mean_smoothness", 0, 0.25}, {"mean_compactness", 0, 0.5}, {"mean_concavity", 0, 0.6},
     {"mean_concave_points", 0, 0.3}, {"mean_symmetry", 0.05, 0.4}, {"mean_fractal_dimension", 0.03, 0.15}},
    {{"error_radius", 0, 5}, {"error_texture", 0, 8}, {"error_perimeter", 0, 40}, {"error_area", 0, 1000},
     {"error_smoothness", 0, 0.05}, {"error_compactness", 0, 0.2}, {"error_concavity", 0, 0.5},
     {"error_concave_points", 0, 0.1}, {"error_symmetry", 0, 0.1}, {"error_fractal_dimension", 0, 0.05}},
    {{"worst_radius", 5, 50}, {"worst_texture", 5, 60}, {"worst_perimeter", 30, 300}, {"worst_area", 50, 6000},
     {"worst_smoothness", 0, 0.3}, {"worst_compactness", 0, 1.5}, {"worst_concavity", 0, 1.5},
     {"worst_concave_points", 0, 0.4}, {"worst_symmetry", 0.05, 0.8}, {"worst_fractal_dimension", 0.03, 0.3}}};

}  // namespace

Result<Scenario> BreastCancerScenario(const std::filesystem::path& file, SplitNumber split) {
  const Table whole = TRY(ReadTable(file, true));
  if (whole.rows.empty() || whole.rows[0].size() != 31) {
    return Error(ErrorCode::kMalformed, file.string() + ": expected 30 features and a target in each line");
  }
  Scenario scenario;
  scenario.name = "breast-cancer";
  scenario.title = "Wisconsin diagnostic breast cancer: benign or malignant from 30 measurements of cell nuclei";
  scenario.person = "patient_id";
  scenario.label = "target";
  scenario.epsilon = 1;
  scenario.delta = 1e-5;
  scenario.notes = {"always answering benign scores 0.6274"};
  std::vector<Table> tables(3);
  for (std::size_t t = 0; t < 3; ++t) {
    ScenarioTable described{"hospital-" + std::string(1, static_cast<char>('a' + t)),
                            "hospital_" + std::string(1, static_cast<char>('a' + t)),
                            {{"patient_id", "text", "identifier", 0, 0}}, "", 0};
    tables[t].columns = {"patient_id"};
    for (const Bounds& bounds : kNuclei[t]) {
      described.fields.push_back({bounds.name, "number", "feature", bounds.low, bounds.high});
      tables[t].columns.emplace_back(bounds.name);
    }
    if (t == 0) {
      described.fields.push_back({"target", "integer", "label", 0, 1});
      tables[t].columns.emplace_back("target");
    }
    for (std::size_t i = 0; i < whole.rows.size(); ++i) {
      std::vector<std::string> row = {"P" + std::to_string(1000 + i)};
      for (std::size_t c = 0; c < 10; ++c) row.push_back(whole.rows[i][t * 10 + c]);
      if (t == 0) row.push_back(whole.rows[i][30]);
      tables[t].rows.push_back(std::move(row));
    }
    scenario.tables.push_back(std::move(described));
  }
  TRY(Split(scenario, tables, split));
  Finish(scenario);
  return scenario;
}

Result<Scenario> CovidScenario(const std::filesystem::path& folder, SplitNumber split) {
  Scenario scenario;
  scenario.name = "covid";
  scenario.title = "DEPA's COVID tables: test result from three registers joined on a hashed phone number";
  scenario.person = "pk_mobno_hashed";
  scenario.label = "icmr_a_icmr_test_result";
  scenario.epsilon = 0.5;
  scenario.delta = 1e-5;
  scenario.notes = {"always answering negative scores 0.6848", "\"positive if sequenced\" alone scores 0.9221",
                    "DEPA's published model scores 0.6415 at epsilon 1.5"};
  const ScenarioField person{"pk_mobno_hashed", "text", "identifier", 0, 0};
  scenario.tables = {
      {"icmr", "icmr",
       {person, {"icmr_a_test_ct_value", "integer", "feature", 0, 50},
        {"icmr_a_sample_genetic_sequenced", "integer", "feature", 0, 1},
        {"fk_genetic_strain", "integer", "feature", 0, 1}, {"icmr_a_icmr_test_result", "integer", "label", 0, 1}},
       "", 0},
      {"cowin", "cowin",
       {person, {"cowin_age", "integer", "feature", 0, 120}, {"cowin_vaccine_name", "integer", "feature", 1, 2}},
       "", 0},
      {"index", "index_register",
       {person, {"index_pasymp", "integer", "feature", 0, 1}, {"index_dsinfection", "integer", "feature", 0, 1},
        {"index_potravel", "integer", "feature", 0, 1}, {"index_page", "integer", "feature", 0, 120}},
       "", 0}};
  std::vector<Table> tables;
  for (const char* name : {"icmr", "cowin", "index"}) {
    tables.push_back(TRY(ReadTable(folder / ("dp_" + std::string(name) + "_standardised_anon.csv"), true)));
    // The first column has no name, only a row number.
    tables.back().columns[0] = "row_number";
    DescribeAll(scenario.tables[tables.size() - 1], tables.back());
  }
  TRY(Split(scenario, tables, split));
  Finish(scenario);
  return scenario;
}

}  // namespace cloister::demo
