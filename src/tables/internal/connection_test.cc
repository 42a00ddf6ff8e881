#include "tables/internal/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tables/internal/sql_plan.h"

namespace cloister::tables::internal {
namespace {

Connection Open() { return *Connection::Open({std::size_t{256} << 20, 1, std::chrono::seconds(20)}); }

// What the lock alone holds back, should both checks of the SQL fail.
TEST(LockedDatabase, ReachesNoFileAndKeepsItsSettings) {
  Connection connection = Open();
  ASSERT_TRUE(connection.Execute("CREATE TABLE t AS SELECT 1 AS x", "create"));
  ASSERT_TRUE(connection.Execute("SET enable_external_access=false", "lock"));
  ASSERT_TRUE(connection.Execute("SET lock_configuration=true", "lock"));
  EXPECT_TRUE(connection.Execute("SELECT * FROM t", "select"));
  for (const char* sql :
       {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/*')",
        "SELECT * FROM '/etc/passwd'", "COPY t TO '/tmp/cloister_copy.csv'", "COPY t TO '/dev/stdout'", "ATTACH '/tmp/x.db'",
        "EXPORT DATABASE '/tmp/cloister_export'", "INSTALL httpfs", "LOAD httpfs", "SET memory_limit='1GB'",
        "SET enable_external_access=true", "SET lock_configuration=false", "SET temp_directory='/tmp'",
        "SELECT getenv('HOME')"}) {
    const auto done = connection.Execute(sql, "attack");
    ASSERT_FALSE(done) << sql;
    EXPECT_EQ(done.error().message(), "attack failed");
  }
}

TEST(Connection, ErrorsDoNotQuoteData) {
  Connection connection = Open();
  const auto done = connection.Execute("SELECT CAST('secret77' AS INTEGER)", "casting");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(), "casting failed");
}

TEST(Connection, QuotesNamesAndText) {
  EXPECT_EQ(QuoteText("it's"), "'it''s'");
  EXPECT_EQ(QuoteName("a\"b"), "\"a\"\"b\"");
  Connection connection = Open();
  EXPECT_EQ(*connection.Text("SELECT ?::VARCHAR", "a 'b' \"c\" -- ; \xc3\xa9", "echo"), "a 'b' \"c\" -- ; \xc3\xa9");
  EXPECT_EQ(*connection.Text("SELECT ?::VARCHAR", "short", "echo"), "short");
}

// The plan check has to hold by itself: SQL that the syntax check would have refused.
class PlanCheck : public testing::Test {
 protected:
  PlanCheck() {
    EXPECT_TRUE(connection_.Execute("CREATE TABLE t (k VARCHAR, x DOUBLE)", "create"));
    EXPECT_TRUE(connection_.Execute("CREATE TABLE other (k VARCHAR, x DOUBLE)", "create"));
    EXPECT_TRUE(connection_.Execute("CREATE VIEW v AS SELECT k, max(x) AS x FROM t GROUP BY k", "create"));
    EXPECT_TRUE(connection_.Execute("CREATE MACRO plain(y) AS (SELECT max(x) FROM t)", "create"));
  }
  bool Taken(std::string_view sql) {
    const auto plan = connection_.Text(
        "SELECT json_serialize_plan(?::VARCHAR, skip_null := true, skip_empty := true, skip_default := true, "
        "optimize := false)::VARCHAR",
        sql, "planning");
    EXPECT_TRUE(plan) << sql;
    const auto json = formats::Json::Parse(*plan, {.max_bytes = std::size_t{1} << 20, .max_depth = 256});
    return json && CheckPlan(*json, std::vector<TableSpec>{{"t", {}, "k"}});
  }
  Connection connection_ = Open();
};

TEST_F(PlanCheck, TakesRowWiseQueriesOnly) {
  EXPECT_TRUE(Taken("SELECT k, TRY(ln(x)) FROM t WHERE x > 1"));
  EXPECT_TRUE(Taken("SELECT a.k, b.x FROM t AS a LEFT JOIN t AS b ON a.k = b.k"));
  for (const char* sql :
       {"SELECT k, x FROM other", "SELECT k, x FROM v", "SELECT k, plain(x) FROM t", "SELECT max(x) FROM t",
        "SELECT k, row_number() OVER () FROM t", "SELECT k, (SELECT 1) FROM t", "SELECT k FROM t ORDER BY x",
        "SELECT k FROM t LIMIT 1", "SELECT DISTINCT k FROM t", "SELECT a.k FROM t a, t b",
        "SELECT a.k FROM t a JOIN t b ON a.x > b.x OR a.k = b.k",
        "SELECT k FROM t WHERE k IN (SELECT k FROM t)", "SELECT k FROM t UNION ALL SELECT k FROM t", "SELECT 1",
        "SELECT unnest([1, 2]) FROM t", "SELECT range FROM range(3)", "SELECT k FROM t USING SAMPLE 1",
        "SELECT k FROM nowhere", "CREATE TABLE z AS SELECT k FROM t", "WITH c AS MATERIALIZED (SELECT k FROM t) SELECT k FROM c"}) {
    EXPECT_FALSE(Taken(sql)) << sql;
  }
}

}  // namespace
}  // namespace cloister::tables::internal
