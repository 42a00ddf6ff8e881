#include "tables/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"

namespace cloister::tables {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

TableSpec People() {
  return {"people",
          {{"pid", ColumnType::kText, ColumnUse::kLoaded},
           {"age", ColumnType::kInteger, ColumnUse::kLoaded},
           {"ssn", ColumnType::kText, ColumnUse::kWithheld},
           {"sex", ColumnType::kText, ColumnUse::kLoaded},
           {"bmi", ColumnType::kNumber, ColumnUse::kLoaded}},
          "pid"};
}

TableSpec Visits() {
  return {"visits",
          {{"person", ColumnType::kText, ColumnUse::kLoaded}, {"cost", ColumnType::kNumber, ColumnUse::kLoaded}},
          "person"};
}

constexpr std::string_view kPeople =
    "pid,age,ssn,sex,bmi\n"
    "a,30,111-11,f,22.5\n"
    "b,41,222-22,m,\n"
    "c,0,333-33,\"f\",31\n";
constexpr std::string_view kVisits = "a,10\na,20\nb,5\nd,7\n";

Workspace Opened() { return *Workspace::Create({.memory_bytes = std::size_t{256} << 20}); }

LockedWorkspace Loaded() {
  Workspace workspace = Opened();
  const auto people = workspace.LoadCsv(People(), CsvHeader::kPresent, AsBytes(kPeople));
  EXPECT_TRUE(people) << people.error().ToText();
  const auto visits = workspace.LoadCsv(Visits(), CsvHeader::kAbsent, AsBytes(kVisits));
  EXPECT_TRUE(visits) << visits.error().ToText();
  return *std::move(workspace).Lock();
}

class TablesSql : public testing::Test {
 protected:
  // The refusal's message; empty where the SQL was taken.
  std::string Refusal(std::string_view sql) {
    const auto query = locked_.Prepare(sql, "pid");
    return query ? "" : query.error().message();
  }
  PersonTable Rows(std::string_view sql) {
    const auto query = locked_.Prepare(sql, "pid");
    if (!query) {
      ADD_FAILURE() << sql << ": " << query.error().ToText();
      return PersonTable({}, {});
    }
    auto table = locked_.Run(*query);
    if (!table) {
      ADD_FAILURE() << sql << ": " << table.error().ToText();
      return PersonTable({}, {});
    }
    return *std::move(table);
  }
  // "person: value value…" of each row, "-" for a missing value.
  std::vector<std::string> Lines(const PersonTable& table) {
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      std::string line = table.persons()[row] + ":";
      for (const NumberColumn& column : table.columns()) {
        char text[32];
        std::snprintf(text, sizeof text, " %g", column.values[row]);
        line += column.valid[row] ? text : " -";
      }
      lines.push_back(line);
    }
    return lines;
  }
  void ExpectRefused(std::initializer_list<std::string_view> list) {
    for (const std::string_view sql : list) EXPECT_NE(Refusal(sql), "") << sql;
  }

  LockedWorkspace locked_ = Loaded();
};

TEST_F(TablesSql, RefusesAggregates) {
  EXPECT_THAT(Refusal("SELECT pid, avg(age) AS x FROM people"), HasSubstr("function avg"));
  ExpectRefused({"SELECT pid, count(*) AS x FROM people GROUP BY pid", "SELECT pid, sum(age) AS x FROM people GROUP BY ALL",
                 "SELECT pid, max(bmi) AS x FROM people", "SELECT pid, first(bmi) AS x FROM people GROUP BY pid",
                 "SELECT pid, age FROM people GROUP BY pid, age", "SELECT pid, age FROM people GROUP BY ALL",
                 "SELECT pid, age FROM people HAVING age > 1", "SELECT pid, list(age) AS x FROM people",
                 "SELECT pid, sum(age) FILTER (WHERE age > 1) AS x FROM people"});
}

TEST_F(TablesSql, RefusesWindows) {
  EXPECT_THAT(Refusal("SELECT pid, row_number() OVER () AS x FROM people"), HasSubstr("window function"));
  ExpectRefused({"SELECT pid, avg(age) OVER (PARTITION BY sex) AS x FROM people",
                 "SELECT pid, lag(age) OVER (ORDER BY age) AS x FROM people",
                 "SELECT pid, age FROM people QUALIFY row_number() OVER () = 1"});
}

TEST_F(TablesSql, RefusesSubqueries) {
  ExpectRefused({"SELECT pid, (SELECT max(age) FROM people) AS x FROM people",
                 "SELECT pid, age FROM people WHERE age = (SELECT 1)",
                 "SELECT pid, age FROM people WHERE EXISTS (SELECT 1 FROM visits)",
                 "SELECT pid, age FROM people WHERE pid IN (SELECT person FROM visits)",
                 "SELECT pid, age FROM people WHERE age = ANY([1, 2])", "SELECT pid, age FROM (SELECT * FROM people)",
                 "SELECT x.pid, x.age FROM (SELECT pid, age FROM people) AS x",
                 "SELECT pid, age FROM people, LATERAL (SELECT 1) AS l"});
}

TEST_F(TablesSql, RefusesOrderLimitDistinctAndSampling) {
  ExpectRefused({"SELECT pid, age FROM people ORDER BY age", "SELECT pid, age FROM people LIMIT 1",
                 "SELECT pid, age FROM people OFFSET 1", "SELECT DISTINCT pid, age FROM people",
                 "SELECT DISTINCT ON (sex) pid, age FROM people", "SELECT pid, age FROM people USING SAMPLE 1",
                 "SELECT pid, age FROM people TABLESAMPLE 10%", "SELECT pid, age FROM people FETCH FIRST 1 ROW ONLY"});
}

TEST_F(TablesSql, RefusesSetOperationsAndCommonTableExpressions) {
  ExpectRefused({"SELECT pid, age FROM people UNION ALL SELECT pid, age FROM people",
                 "SELECT pid, age FROM people EXCEPT SELECT pid, age FROM people",
                 "SELECT pid, age FROM people INTERSECT SELECT pid, age FROM people",
                 "WITH c AS (SELECT 1) SELECT pid, age FROM people",
                 "WITH people AS (SELECT 'x' AS pid, 1 AS age) SELECT pid, age FROM people",
                 "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT pid, age FROM people"});
}

TEST_F(TablesSql, RefusesRandomnessTimeAndSettings) {
  for (const std::string call :
       {"random()", "uuid()", "now()", "current_timestamp", "current_date", "setseed(0.5)", "nextval('s')", "getenv('HOME')",
        "current_setting('threads')", "getvariable('x')", "version()", "current_user", "txid_current()", "sleep_ms(1)",
        "error('x')", "write_log('x')", "hash(age)", "gen_random_uuid()", "query('SELECT 1')", "unnest([1, 2])",
        "generate_series(1, 2)", "list_sum([age])", "[age]", "{'a': age}", "lambda x: x", "COLUMNS('a.*')",
        "json_execute_serialized_sql('')"}) {
    EXPECT_NE(Refusal("SELECT pid, " + call + " AS x FROM people"), "") << call;
    EXPECT_NE(Refusal("SELECT pid, age FROM people WHERE " + call + " = 1"), "") << call;
  }
}

TEST_F(TablesSql, RefusesFilesAndTableFunctions) {
  ExpectRefused({"SELECT pid, age FROM read_csv('/etc/passwd')", "SELECT pid, age FROM 'people.csv'",
                 "SELECT pid, age FROM '/proc/self/fd/3'", "SELECT pid, age FROM read_text('/etc/passwd')",
                 "SELECT pid, age FROM glob('/*')", "SELECT pid, age FROM duckdb_settings()",
                 "SELECT pid, age FROM information_schema.tables", "SELECT pid, age FROM range(10)",
                 "SELECT pid, age FROM query('SELECT 1')", "SELECT pid, age FROM query_table('people')",
                 "SELECT pid, age FROM pragma_version()", "SELECT pid, age FROM people, unnest([1, 2])",
                 "SELECT pid, age FROM (VALUES ('a', 1)) AS v(pid, age)", "VALUES ('a', 1)", "SELECT 'a' AS pid, 1 AS age",
                 "FROM people"});
}

TEST_F(TablesSql, RefusesStatementsOtherThanSelect) {
  ExpectRefused({"COPY people TO '/tmp/x'", "COPY people TO '/dev/stdout'", "ATTACH '/tmp/x.db'", "PRAGMA version",
                 "PRAGMA enable_profiling", "SET threads=1", "CALL enable_logging()", "INSTALL httpfs", "LOAD httpfs",
                 "CREATE TABLE x AS SELECT 1", "CREATE MACRO abs(x) AS 1", "CREATE VIEW v AS SELECT 1",
                 "INSERT INTO people VALUES ('x', 1, 'f', 1)", "DELETE FROM people", "DROP TABLE people",
                 "EXPORT DATABASE '/tmp/x'", "EXPLAIN SELECT pid, age FROM people",
                 "EXPLAIN ANALYZE SELECT pid, age FROM people", "SHOW TABLES", "DESCRIBE people", "SUMMARIZE people",
                 "PIVOT people ON sex USING count(*)", "UNPIVOT people ON age, bmi", "PREPARE q AS SELECT 1", "BEGIN", "", ";",
                 "-- nothing", "this is not SQL"});
}

TEST_F(TablesSql, RefusesSeveralStatements) {
  EXPECT_THAT(Refusal("SELECT pid, age FROM people; SELECT pid, age FROM people"), HasSubstr("one statement"));
  ExpectRefused({"SELECT pid, age FROM people; DROP TABLE people", "SELECT pid, age FROM people; COPY people TO '/tmp/x'"});
  EXPECT_EQ(Refusal("SELECT pid, age FROM people;"), "");
}

TEST_F(TablesSql, RefusesColumnsThatAreNotPermitted) {
  EXPECT_THAT(Refusal("SELECT pid, ssn FROM people"), HasSubstr("column ssn"));
  ExpectRefused({"SELECT pid, age FROM people WHERE ssn = '1'", "SELECT pid, people.ssn AS x FROM people",
                 "SELECT pid, rowid FROM people", "SELECT pid, nothing FROM people", "SELECT * FROM people",
                 "SELECT pid, people.* FROM people", "SELECT * EXCLUDE (sex) FROM people", "SELECT pid, people FROM people",
                 "SELECT pid, main.people.age AS x FROM people", "SELECT pid, age AS x, x + 1 AS y FROM people",
                 "SELECT pid, $1 AS x FROM people", "SELECT pid, ? AS x FROM people"});
}

TEST_F(TablesSql, RefusesTablesThatAreNotThere) {
  ExpectRefused({"SELECT pid, age FROM nobody", "SELECT pid, age FROM main.people", "SELECT pid, age FROM memory.main.people",
                 "SELECT a, b FROM people AS p(a, b)", "SELECT pid, age FROM sqlite_master",
                 "SELECT pid, age FROM people AT (VERSION => 1)"});
}

TEST_F(TablesSql, RefusesJoinsThatMixPersons) {
  for (const std::string join :
       {", visits", "CROSS JOIN visits", "JOIN visits ON true", "JOIN visits ON age = cost", "JOIN visits ON pid <> person",
        "JOIN visits ON pid >= person", "JOIN visits ON pid = pid", "JOIN visits ON person = person",
        "JOIN visits ON pid = person OR true", "JOIN visits ON pid = person AND cost > 1",
        "JOIN visits ON lower(pid) = person", "JOIN visits ON pid = person || ''", "JOIN visits ON pid = 'a'",
        "RIGHT JOIN visits ON pid = person", "FULL JOIN visits ON pid = person", "SEMI JOIN visits ON pid = person",
        "ANTI JOIN visits ON pid = person", "ASOF JOIN visits ON pid >= person", "POSITIONAL JOIN visits",
        "NATURAL JOIN visits", "JOIN visits USING (pid)", "JOIN people AS q ON people.pid = q.pid",
        "JOIN (visits JOIN people AS q ON q.pid = person) ON people.pid = person"}) {
    EXPECT_NE(Refusal("SELECT people.pid, people.age FROM people " + join), "") << join;
  }
}

TEST_F(TablesSql, RefusesToAttachRowsToAnotherPerson) {
  ExpectRefused({"SELECT age FROM people", "SELECT sex AS pid, age FROM people", "SELECT 'a' AS pid, age FROM people",
                 "SELECT upper(pid) AS pid, age FROM people", "SELECT pid AS other, age FROM people",
                 "SELECT person AS pid, cost FROM people LEFT JOIN visits ON pid = person",
                 "SELECT pid, sex AS pid, age FROM people", "SELECT pid FROM people",
                 "SELECT CASE WHEN age > 1 THEN 'a' ELSE pid END AS pid, age FROM people"});
}

TEST_F(TablesSql, RefusesColumnsWithoutANameOrTwice) {
  ExpectRefused({"SELECT pid, age + 1 FROM people", "SELECT pid, age, bmi AS age FROM people",
                 "SELECT pid, age, bmi AS AGE FROM people"});
}

TEST_F(TablesSql, RefusesWhatIsTooLongOrDeep) {
  const auto query = locked_.Prepare("SELECT pid, age FROM people --" + std::string(70000, ' '), "pid");
  ASSERT_FALSE(query);
  EXPECT_EQ(query.error().code(), ErrorCode::kLimit);
  std::string deep = "age";
  for (int i = 0; i < 2000; ++i) deep = "(-" + deep + ")";
  EXPECT_NE(Refusal("SELECT pid, " + deep + " AS x FROM people"), "");
  EXPECT_NE(Refusal(std::string_view("SELECT pid, age FROM people\0; DROP", 34)), "");
}

TEST_F(TablesSql, RefusesTypesThatDoNotFit) {
  ExpectRefused({"SELECT pid, age + INTERVAL 1 DAY AS x FROM people", "SELECT pid, DATE '2020-01-01' AS x FROM people",
                 "SELECT pid, ln(sex) AS x FROM people"});
}

TEST_F(TablesSql, ProjectsAndFiltersRowByRow) {
  EXPECT_THAT(Lines(Rows("SELECT pid, age * 2.5 AS x, CASE WHEN sex = 'f' THEN 1 ELSE 0 END AS f FROM people WHERE age > 10")),
              UnorderedElementsAre("a: 75 1", "b: 102.5 0"));
  EXPECT_THAT(Lines(Rows("SELECT p.pid, p.bmi, P.AGE AS a FROM People AS p WHERE p.sex IN ('f', 'x') AND NOT p.age = 1")),
              UnorderedElementsAre("a: 22.5 30", "c: 31 0"));
  EXPECT_THAT(Lines(Rows("SELECT pid, coalesce(bmi, 25) AS bmi, age BETWEEN 1 AND 40 AS adult, sex LIKE 'f%' AS f, "
                         "-age AS n, age // 7 AS w, age % 7 AS d, 1e3 AS k, nullif(age, 0) AS z FROM people")),
              UnorderedElementsAre("a: 22.5 1 1 -30 4 2 1000 30", "b: 25 0 0 -41 5 6 1000 41", "c: 31 0 1 0 0 0 1000 -"));
}

TEST_F(TablesSql, JoinsOnThePersonKey) {
  EXPECT_THAT(Lines(Rows("SELECT people.pid, age, cost FROM people JOIN visits ON people.pid = visits.person")),
              UnorderedElementsAre("a: 30 10", "a: 30 20", "b: 41 5"));
  EXPECT_THAT(Lines(Rows("SELECT p.pid, v.cost FROM people p LEFT JOIN visits v ON v.person = p.pid")),
              UnorderedElementsAre("a: 10", "a: 20", "b: 5", "c: -"));
}

TEST_F(TablesSql, NoRowCanMakeTheQueryFail) {
  EXPECT_THAT(Lines(Rows("SELECT pid, ln(age) AS l, sqrt(age - 35) AS s, CAST(sex AS INTEGER) AS i, 1 / age AS d, "
                         "age * 9223372036854775807 AS o, exp(age * 100) AS e FROM people")),
              UnorderedElementsAre("a: 3.4012 - - 0.0333333 - -", "b: 3.71357 2.44949 - 0.0243902 - -", "c: - - - - 0 1"));
  EXPECT_THAT(Lines(Rows("SELECT pid, age FROM people WHERE ln(age) > 0")), UnorderedElementsAre("a: 30", "b: 41"));
}

TEST_F(TablesSql, ConstantsStayWhatTheyAre) {
  EXPECT_THAT(Lines(Rows("SELECT pid, 0.05 AS a, -1.50 AS b, 99999999999 AS c, 1.25e-3 AS d, NULL AS e, TRUE AS f, "
                         "length('it''s \"q\"') AS g, -0.5 AS h FROM people WHERE pid = 'a'")),
              ElementsAre("a: 0.05 -1.5 1e+11 0.00125 - 1 8 -0.5"));
}

TEST(Tables, LoadsOnlyPermittedColumns) {
  // A withheld column may hold anything, even what no number could be.
  TableSpec spec = People();
  spec.columns[1].use = ColumnUse::kWithheld;
  Workspace workspace = Opened();
  ASSERT_TRUE(workspace.LoadCsv(spec, CsvHeader::kPresent, AsBytes("pid,age,ssn,sex,bmi\na,not a number,1,f,2\n")));
  LockedWorkspace locked = *std::move(workspace).Lock();
  EXPECT_TRUE(locked.Prepare("SELECT pid, bmi FROM people", "pid"));
  EXPECT_FALSE(locked.Prepare("SELECT pid, age FROM people", "pid"));
}

TEST(Tables, RefusesAnotherHeaderLine) {
  for (const std::string_view header : {"pid,age,ssn,sex\n", "pid,age,ssn,sex,bmi,more\n", "age,pid,ssn,sex,bmi\n", "\n", "",
                                        "PID,age,ssn,sex,bmi\n"}) {
    const auto loaded = Opened().LoadCsv(People(), CsvHeader::kPresent, AsBytes(header));
    ASSERT_FALSE(loaded) << header;
    EXPECT_EQ(loaded.error().code(), ErrorCode::kMalformed);
  }
  EXPECT_TRUE(Opened().LoadCsv(People(), CsvHeader::kPresent, AsBytes("\"pid\",age,\"ssn\",sex,bmi\r\na,1,2,f,3\r\n")));
}

TEST(Tables, RefusesCellsThatDoNotFitAndDoesNotQuoteThem) {
  for (const std::string_view rows : {"secret77,thirty,1,f,2\n", "secret77,1,1,f,2,3\n", "secret77,1,1,f\n", ",1,1,f,2\n",
                                      "secret77,1,1,f,2x\n", "secret77,99999999999999999999,1,f,2\n", "secret77\xff,1,1,f,2\n",
                                      "secret77,1,1,\"f,2\n"}) {
    const auto loaded = Opened().LoadCsv(People(), CsvHeader::kAbsent, AsBytes(rows));
    ASSERT_FALSE(loaded) << rows;
    EXPECT_EQ(loaded.error().code(), ErrorCode::kInternal);
    EXPECT_THAT(loaded.error().message(), Not(HasSubstr("secret77")));
  }
}

TEST(Tables, RefusesUnsoundSpecs) {
  Workspace workspace = Opened();
  TableSpec spec = People();
  spec.name = "People; DROP";
  EXPECT_FALSE(workspace.AddEmpty(spec));
  spec = People();
  spec.key = "ssn";
  EXPECT_FALSE(workspace.AddEmpty(spec));
  spec = People();
  spec.columns[1].name = "PID";
  EXPECT_FALSE(workspace.AddEmpty(spec));
  spec = People();
  spec.columns[0].type = ColumnType::kNumber;  // the key: 0.0 and -0.0 would be one person in a join and two after it
  EXPECT_FALSE(workspace.AddEmpty(spec));
  EXPECT_TRUE(workspace.AddEmpty(People()));
  EXPECT_FALSE(workspace.AddEmpty(People()));
}

TEST(Tables, TakesColumnNamesWithQuotes) {
  const TableSpec spec = {"t",
                          {{"the \"key\"", ColumnType::kInteger, ColumnUse::kLoaded},
                           {"it's", ColumnType::kNumber, ColumnUse::kLoaded}},
                          "the \"key\""};
  Workspace workspace = Opened();
  ASSERT_TRUE(workspace.LoadCsv(spec, CsvHeader::kPresent, AsBytes("\"the \"\"key\"\"\",it's\n7,1.5\n")));
  LockedWorkspace locked = *std::move(workspace).Lock();
  const auto query = locked.Prepare("SELECT \"the \"\"key\"\"\" AS k, \"it's\" AS x FROM t", "k");
  ASSERT_TRUE(query) << query.error().ToText();
  const auto table = locked.Run(*query);
  ASSERT_TRUE(table);
  EXPECT_THAT(table->persons(), ElementsAre("7"));
  EXPECT_THAT(table->Find("x")->values, ElementsAre(1.5));
}

TEST(Tables, ChecksSqlBeforeThereIsData) {
  Workspace workspace = Opened();
  ASSERT_TRUE(workspace.AddEmpty(People()));
  LockedWorkspace locked = *std::move(workspace).Lock();
  const auto query = locked.Prepare("SELECT pid, age FROM people", "pid");
  ASSERT_TRUE(query);
  EXPECT_THAT(query->names(), ElementsAre("age"));
  EXPECT_EQ(locked.Run(*query)->rows(), 0u);
}

TEST(Tables, CountsRowsAndKnowsWhetherKeysAreUnique) {
  LockedWorkspace locked = Loaded();
  EXPECT_EQ(*locked.Rows("people"), 3u);
  EXPECT_TRUE(*locked.KeyIsUnique("people"));
  EXPECT_EQ(*locked.Rows("visits"), 4u);
  EXPECT_FALSE(*locked.KeyIsUnique("visits"));
  EXPECT_FALSE(locked.Rows("nobody"));
}

TEST(Tables, StopsAtTheRowLimit) {
  Workspace workspace = *Workspace::Create({.memory_bytes = std::size_t{256} << 20, .result_rows = 2});
  ASSERT_TRUE(workspace.LoadCsv(People(), CsvHeader::kPresent, AsBytes(kPeople)));
  LockedWorkspace locked = *std::move(workspace).Lock();
  const auto table = locked.Run(*locked.Prepare("SELECT pid, age FROM people", "pid"));
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code(), ErrorCode::kLimit);
}

TEST(Tables, StopsAQueryThatTakesTooLong) {
  std::string rows;
  for (int i = 0; i < 200000; ++i) rows += "p" + std::to_string(i % 50) + ",1\n";
  TableSpec other = Visits();
  other.name = "others";
  Workspace workspace = *Workspace::Create({.query_time = std::chrono::milliseconds(600)});
  ASSERT_TRUE(workspace.LoadCsv(Visits(), CsvHeader::kAbsent, AsBytes(rows)));
  ASSERT_TRUE(workspace.LoadCsv(other, CsvHeader::kAbsent, AsBytes(rows)));
  LockedWorkspace locked = *std::move(workspace).Lock();
  const auto query = locked.Prepare(
      "SELECT visits.person, others.cost FROM visits JOIN others ON visits.person = others.person", "person");
  ASSERT_TRUE(query) << query.error().ToText();
  const auto table = locked.Run(*query);  // 800 million rows
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code(), ErrorCode::kLimit);
}

TEST(Tables, LoadsParquetByName) {
  const auto content = ReadFile(std::string(CLOISTER_TESTDATA_DIR) + "/people.parquet", 100000);
  ASSERT_TRUE(content);
  Workspace workspace = Opened();
  const auto loaded = workspace.LoadParquet(People(), *content);
  ASSERT_TRUE(loaded) << loaded.error().ToText();
  LockedWorkspace locked = *std::move(workspace).Lock();
  EXPECT_FALSE(locked.Prepare("SELECT pid, ssn FROM people", "pid"));
  const auto query = locked.Prepare("SELECT pid, age, bmi, sex = 'm' AS m FROM people WHERE sex <> ''", "pid");
  ASSERT_TRUE(query) << query.error().ToText();
  const auto table = locked.Run(*query);
  ASSERT_TRUE(table);
  EXPECT_THAT(table->persons(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(table->Find("age")->values, ElementsAre(30, 41, 0));
  EXPECT_THAT(table->Find("bmi")->values, ElementsAre(22.5, 0, 31));
  EXPECT_THAT(table->Find("bmi")->valid, ElementsAre(1, 0, 1));
  EXPECT_THAT(table->Find("m")->values, ElementsAre(0, 1, 0));
}

TEST(Tables, RefusesParquetThatDoesNotFit) {
  const Bytes content = *ReadFile(std::string(CLOISTER_TESTDATA_DIR) + "/people.parquet", 100000);
  TableSpec missing = People();
  missing.columns.push_back({"height", ColumnType::kNumber, ColumnUse::kLoaded});
  EXPECT_FALSE(Opened().LoadParquet(missing, content));
  TableSpec other = People();
  other.columns[3].type = ColumnType::kNumber;
  EXPECT_FALSE(Opened().LoadParquet(other, content));
  for (std::size_t size : {std::size_t{0}, std::size_t{4}, content.size() / 2, content.size() - 1}) {
    EXPECT_FALSE(Opened().LoadParquet(People(), ByteSpan(content).first(size))) << size;
  }
  EXPECT_FALSE(Opened().LoadParquet(People(), AsBytes(kPeople)));
}

TEST(Tables, RunsOutOfMemoryWithoutSpilling) {
  std::string rows;
  for (int i = 0; i < 300000; ++i) rows += "a person of some length " + std::to_string(i) + ",1\n";
  Workspace workspace = *Workspace::Create({.memory_bytes = std::size_t{12} << 20});
  const auto loaded = workspace.LoadCsv(Visits(), CsvHeader::kAbsent, AsBytes(rows));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), ErrorCode::kInternal);
}

SecretBytes Key(std::uint8_t byte) { return SecretBytes::CopyOf(Bytes(32, byte)); }

PersonTable Many() {
  std::vector<std::string> persons;
  NumberColumn column{"x", {}, {}};
  for (int i = 0; i < 60; ++i) {
    persons.push_back("p" + std::to_string(i % 7));
    column.values.push_back(i);
    column.valid.push_back(1);
  }
  return PersonTable(std::move(persons), {column});
}

TEST(PersonTable, CapsRowsOfEachPerson) {
  const PersonTable capped = Many().CapRowsPerPerson(3, Key(1));
  EXPECT_EQ(capped.rows(), 21u);
  for (int p = 0; p < 7; ++p) {
    EXPECT_EQ(std::count(capped.persons().begin(), capped.persons().end(), "p" + std::to_string(p)), 3);
  }
  EXPECT_EQ(Many().CapRowsPerPerson(0, Key(1)).rows(), 0u);
  EXPECT_EQ(Many().CapRowsPerPerson(100, Key(1)).rows(), 60u);
}

TEST(PersonTable, OrderDependsOnContentAndKeyOnly) {
  std::vector<std::string> persons;
  NumberColumn column{"x", {}, {}};
  for (int i = 59; i >= 0; --i) {
    persons.push_back("p" + std::to_string(i % 7));
    column.values.push_back(i);
    column.valid.push_back(1);
  }
  const PersonTable backward(std::move(persons), {column});
  const PersonTable a = Many().CapRowsPerPerson(3, Key(1)), b = backward.CapRowsPerPerson(3, Key(1));
  EXPECT_EQ(a.persons(), b.persons());
  EXPECT_EQ(a.columns()[0].values, b.columns()[0].values);
  EXPECT_NE(a.columns()[0].values, Many().CapRowsPerPerson(3, Key(2)).columns()[0].values);
}

TEST(PersonTable, RowsThatStayDoNotDependOnOtherPersons) {
  const PersonTable all = Many().CapRowsPerPerson(3, Key(1));
  std::vector<std::string> persons;
  NumberColumn column{"x", {}, {}};
  for (int i = 0; i < 60; ++i) {
    if (i % 7 == 4) continue;
    persons.push_back("p" + std::to_string(i % 7));
    column.values.push_back(i);
    column.valid.push_back(1);
  }
  const PersonTable without = PersonTable(std::move(persons), {column}).CapRowsPerPerson(3, Key(1));
  std::vector<double> expected;
  for (std::size_t row = 0; row < all.rows(); ++row) {
    if (all.persons()[row] != "p4") expected.push_back(all.columns()[0].values[row]);
  }
  EXPECT_EQ(without.columns()[0].values, expected);
}

}  // namespace
}  // namespace cloister::tables
