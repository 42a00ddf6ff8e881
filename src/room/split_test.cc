#include <gtest/gtest.h>

#include <set>

#include "room/work.h"

namespace cloister::room {
namespace {

TEST(SplitPeople, KeepsEveryRowOfAPersonOnOneSide) {
  PreparedData data;
  for (int i = 0; i < 3000; ++i) data.persons.push_back("P" + std::to_string(i % 1000));
  crypto::DeterministicRandom random(7);
  const PeopleSplit split = SplitPeople(data, 0.1, random);
  std::set<std::string> training;
  for (const std::size_t row : split.training) training.insert(data.persons[row]);
  for (const std::size_t row : split.validation) EXPECT_FALSE(training.contains(data.persons[row]));
  EXPECT_EQ(split.training.size() + split.validation.size(), 3000u);
  EXPECT_GT(split.validation.size(), 150u);
  EXPECT_LT(split.validation.size(), 450u);
}

TEST(SplitPeople, DependsOnAKeyThatNobodyChooses) {
  PreparedData data;
  for (int i = 0; i < 200; ++i) data.persons.push_back("P" + std::to_string(i));
  crypto::DeterministicRandom one(1);
  crypto::DeterministicRandom two(2);
  EXPECT_NE(SplitPeople(data, 0.5, one).validation, SplitPeople(data, 0.5, two).validation);
}

TEST(SplitPeople, LeavesNobodyForValidationWhereNoneIsAskedFor) {
  PreparedData data;
  data.persons = {"a", "b"};
  crypto::DeterministicRandom random(1);
  EXPECT_TRUE(SplitPeople(data, 0, random).validation.empty());
}

}  // namespace
}  // namespace cloister::room
