#include "simulator/image.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"
#include "simulator/relay.h"

namespace cloister::simulator {
namespace {

TEST(LoaderList, RefusesMissingLibraries) {
  EXPECT_EQ(ParseLoaderList("\tlibgone.so.1 => not found\n").error().code(), ErrorCode::kNotFound);
}

TEST(LoaderList, TakesPathsAndPassesOverTheVdso) {
  const auto paths = ParseLoaderList(
      "\tlinux-vdso.so.1 (0x00007fff)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n"
      "\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n\tlibx.so => /a folder/libx.so (0x01)\n");
  EXPECT_EQ(*paths, (std::vector<std::string>{"/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2",
                                              "/a folder/libx.so"}));
  EXPECT_TRUE(ParseLoaderList("\tstatically linked\n")->empty());
}

TEST(ElfInterpreter, RefusesTruncatedAndForeignFiles) {
  EXPECT_FALSE(ElfInterpreter({}));
  EXPECT_FALSE(ElfInterpreter(Bytes(64, 0)));
  Bytes program = *ReadFile(SIMULATOR_PROBE, std::size_t{1} << 28);
  EXPECT_EQ(**ElfInterpreter(program), "/lib64/ld-linux-x86-64.so.2");
  EXPECT_FALSE(ElfInterpreter(ByteSpan(program).first(100)));
  program[4] = 1;  // 32 bit
  EXPECT_FALSE(ElfInterpreter(program));
}

// The probe with `from` changed to `to`, of the same length.
Bytes ProbeWith(std::string_view from, std::string_view to) {
  Bytes program = *ReadFile(SIMULATOR_PROBE, std::size_t{1} << 28);
  const auto place = std::search(program.begin(), program.end(), from.begin(), from.end());
  CHECK(place != program.end() && from.size() == to.size());
  std::copy(to.begin(), to.end(), place);
  return program;
}

TEST(ElfDlopenLibraries, RefusesNotesThatAreNotOnes) {
  EXPECT_FALSE(ElfDlopenLibraries({}));
  for (const std::string_view to : {"[{\"soname\":[\"lib/imulator", "[{\"soname\":[\"lib:imulator", "[{\"soname\":[\"lib imulator",
                                    "[{\"sonane\":[\"libsimulator", "[{\"soname\":[3libsimulator", "{{\"soname\":[\"libsimulator"}) {
    EXPECT_EQ(ElfDlopenLibraries(ProbeWith("[{\"soname\":[\"libsimulator", to)).error().code(), ErrorCode::kMalformed) << to;
  }
}

TEST(ElfDlopenLibraries, TakesNotesOfTheirOwnerAndType) {
  EXPECT_EQ(*ElfDlopenLibraries(ProbeWith("", "")), std::vector<std::string>{"libsimulator_probe_late.so"});
  const std::string_view owner("FDO\0[{\"soname\"", 14), other("GNU\0[{\"soname\"", 14);
  EXPECT_TRUE(ElfDlopenLibraries(ProbeWith(owner, other))->empty());
}

TEST(GuestImage, RefusesWhereALibraryOfItsNotesIsMissing) {
  const std::filesystem::path program = std::filesystem::path(testing::TempDir()) / "cloister-probe-without-its-library";
  ASSERT_TRUE(WriteFile(program, ProbeWith("probe_late.so", "probe_gone.so"), FileMode::kPublic));
  EXPECT_EQ(LoadGuestImage(program, {}, {}, {}).error().code(), ErrorCode::kNotFound);
  std::filesystem::remove(program);
}

TEST(GuestImage, HoldsProgramLoaderAndEveryLibraryOnce) {
  const auto image = LoadGuestImage(SIMULATOR_PROBE, {}, {}, {});
  ASSERT_TRUE(image) << image.error().ToText();
  int found = 0;
  for (const GuestFile& file : image->files) {
    for (const char* name : {"/simulator_probe", "/libsimulator_probe_library.so", "/libsimulator_probe_late.so", "/ld-linux-x86-64.so.2",
                             "/libc.so.6", "/libcrypto.so.3", "/libstdc++.so.6"}) {
      found += file.path.ends_with(name) ? 1 : 0;
    }
  }
  EXPECT_EQ(found, 7);
}

TEST(GuestImage, MeasurementCoversArgumentsEnvironmentAndFiles) {
  const std::vector<std::string> none, arguments = {"a"}, environment = {"A=1"}, unsorted = {"B=2", "A=1"},
                                 sorted = {"A=1", "B=2"};
  const std::vector<std::filesystem::path> extra = {"/etc/hostname"};
  const auto measure = [](const auto& arguments_of, const auto& environment_of, std::span<const std::filesystem::path> files) {
    return ToHex(*LoadGuestImage(SIMULATOR_PROBE, arguments_of, environment_of, files)->Measurement());
  };
  const std::string plain = measure(none, none, {});
  EXPECT_EQ(measure(none, none, {}), plain);
  EXPECT_NE(measure(arguments, none, {}), plain);
  EXPECT_NE(measure(none, environment, {}), plain);
  EXPECT_NE(measure(none, none, extra), plain);
  EXPECT_EQ(measure(none, unsorted, {}), measure(none, sorted, {}));
}

TEST(GuestImage, RefusesEnvironmentWithoutNameOrTwice) {
  for (const std::vector<std::string>& environment :
       {std::vector<std::string>{"A"}, {"=1"}, {"A=1", "A=2"}}) {
    EXPECT_EQ(LoadGuestImage(SIMULATOR_PROBE, {}, environment, {}).error().code(), ErrorCode::kUsage);
  }
}

TEST(Relay, RefusesNamesThatAreNotOne) {
  for (const char* text : {"", "a", "a=b", "a=:1", "=b:1", "../x=b:1", "a/b=b:1", "a=b:port", "a=b:123456"}) {
    EXPECT_EQ(ParseRelay(text).error().code(), ErrorCode::kUsage) << text;
  }
  EXPECT_EQ(ParseRelay("broker-1=[::1]:443")->host, "::1");
}

}  // namespace
}  // namespace cloister::simulator
