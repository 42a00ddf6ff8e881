#include "evidence/registers.h"

#include <gtest/gtest.h>

namespace cloister::evidence {
namespace {

using Four = Registers<int, 4>;

TEST(Registers, AreEachThereOnceAndAscend) {
  Four registers;
  for (const unsigned index : {2u, 0u, 3u, 2u}) registers[index] += static_cast<int>(10 + index);
  const std::vector<Four::Entry> expected = {{0, 10}, {2, 24}, {3, 13}};
  EXPECT_EQ(std::vector<Four::Entry>(registers.begin(), registers.end()), expected);
  EXPECT_EQ(registers.size(), 3u);
  EXPECT_EQ(registers.at(2), 24);
  EXPECT_FALSE(registers.contains(1));
  EXPECT_EQ(registers.Find(1), nullptr);
}

TEST(Registers, AreTheSameWhateverCameFirst) {
  Four first, second;
  first[1] = second[3] = 7;
  EXPECT_NE(first, second);
  first[3] = second[1] = 7;
  EXPECT_EQ(first, second);
}

TEST(Registers, EndTheProgramForOneThatCannotBe) {
  Four registers;
  EXPECT_DEATH(registers[4] = 1, "index < N");
  EXPECT_DEATH(static_cast<void>(registers.at(0)), "value");
}

}  // namespace
}  // namespace cloister::evidence
