#include "demo/stage.h"

#include <gtest/gtest.h>

namespace cloister::demo {
namespace {

std::string WhoRefused(const std::string& reason) {
  RoomRun run;
  run.exit_code = 3;
  run.reason = reason;
  return Stage::RefusalOf(run).by;
}

TEST(Stage, TakesABrokersWordForTheBrokers) {
  EXPECT_EQ(WhoRefused("revoked: state reserve: broker of did:web:hospital-c.example: contract: taken back"),
            "broker of hospital-c");
}

TEST(Stage, TakesTheRoomsWordAboutABrokerForTheRooms) {
  EXPECT_EQ(WhoRefused("mismatch: state start: init-data: expected a TLS key of the contract for the broker of "
                       "did:web:hospital-a.example, got another"),
            "room");
  EXPECT_EQ(WhoRefused("private: state open: failed after data was opened; nothing more is said"), "room");
}

TEST(Stage, TakesTheLedgersWordForTheLedgers) {
  EXPECT_EQ(WhoRefused("conflict: state record: ledger: ledger refuses: the run was reported"), "ledger");
}

}  // namespace
}  // namespace cloister::demo
