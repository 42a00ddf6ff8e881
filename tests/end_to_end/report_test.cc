// The page of a run: what it says holds, and whatever is changed in it is refused.
#include <regex>

#include "base/file.h"
#include "commands/report_commands.h"
#include "report/page.h"
#include "worlds.h"

namespace cloister::end_to_end {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class ReportPage : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!WhyNoWorld().empty()) return;
    shared_ = MUST(MakeWorld({})).release();
    for (int i = 0; i < 2; ++i) {
      const RoomInputs inputs = MUST(world().RequestRun());
      const RoomRun run = MUST(world().LaunchRoom(inputs, std::nullopt));
      ASSERT_TRUE(run.Done()) << run.reason;
      folders_[i] = {inputs.data, inputs.out};
      MUST(commands::WriteRunReport(folders_[i], MUST(Anchors()), File(i)));
      pages_[i] = MUST(ReadTextFile(File(i), report::kMaxPage));
    }
  }
  static void TearDownTestSuite() { delete std::exchange(shared_, nullptr); }
  void SetUp() override {
    if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
    ASSERT_FALSE(pages_[1].empty());
  }
  static World& world() { return *shared_->world; }
  static fs::path File(int run) { return folders_[run].out / "report.html"; }
  static Result<evidence::SimulatedAnchors> Anchors() {
    return evidence::SimulatedAnchors::Load(world().config().hardware / "anchors.json");
  }
  static Result<report::VerifiedRecords> Verify(std::string_view page) {
    return report::VerifyPage(page, {.contract = &world().contract(), .simulated = nullptr});
  }
  static void ExpectRefused(const std::string& page, const std::string& why) {
    const auto verified = Verify(page);
    ASSERT_FALSE(verified);
    EXPECT_THAT(verified.error().ToText(), HasSubstr(why));
  }
  static std::size_t RecordsAt() { return pages_[0].find("id=\"records\">"); }

  static TestWorld* shared_;
  static commands::RunFolders folders_[2];
  static std::string pages_[2];
};

TestWorld* ReportPage::shared_ = nullptr;
commands::RunFolders ReportPage::folders_[2];
std::string ReportPage::pages_[2];

TEST_F(ReportPage, HoldsUnderOnesOwnContractAndSaysWhatItTookFromThePage) {
  const auto mine = MUST(Verify(pages_[0]));
  ASSERT_EQ(mine.taken_on_trust().size(), 1u);
  EXPECT_THAT(mine.taken_on_trust()[0], HasSubstr("SIMULATED root"));
  const auto anchors = MUST(Anchors());
  EXPECT_TRUE(MUST(report::VerifyPage(pages_[0], {.contract = &world().contract(), .simulated = &anchors})).taken_on_trust().empty());
  EXPECT_EQ(MUST(report::VerifyPage(pages_[0], {})).taken_on_trust().size(), 2u);
  contract::Contract another = world().contract();
  another.expiry += Seconds(1);
  EXPECT_EQ(report::VerifyPage(pages_[0], {.contract = &another}).error().code(), ErrorCode::kMismatch);
}

TEST_F(ReportPage, ShowsTheBudgetsThatTheBrokersCount) {
  const auto first = report::BudgetChanges(MUST(Verify(pages_[0])).facts());
  const auto second = report::BudgetChanges(MUST(Verify(pages_[1])).facts());
  ASSERT_EQ(first.size(), world().scenario().tables.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].before.epsilon, 0);
    EXPECT_EQ(second[i].before, first[i].after);
    const auto budget = MUST(world().Budget(world().scenario().tables[i].owner));
    EXPECT_EQ(second[i].after.epsilon, budget.charged_epsilon);
    EXPECT_EQ(second[i].total.epsilon, budget.total_epsilon);
  }
}

TEST_F(ReportPage, IsRefusedWithAnyDigestChangedByOneDigit) {
  const std::regex digest("[0-9a-f]{64,}");
  int changed = 0;
  for (std::sregex_iterator it(pages_[0].begin(), pages_[0].end(), digest), end; it != end; ++it) {
    std::string page = pages_[0];
    char& digit = page[static_cast<std::size_t>(it->position()) + static_cast<std::size_t>(7 * changed) % it->length()];
    digit = digit == '0' ? '1' : '0';
    const auto verified = Verify(page);
    EXPECT_FALSE(verified) << "at " << it->position();
    if (!verified && static_cast<std::size_t>(it->position()) < RecordsAt()) {
      EXPECT_THAT(verified.error().message(), HasSubstr("page: line"));
      EXPECT_THAT(verified.error().message(), HasSubstr("expected"));
    }
    ++changed;
  }
  EXPECT_GT(changed, 40);
  std::cout << "             " << changed << " digests changed, all refused\n";
}

TEST_F(ReportPage, IsRefusedWithAnyByteChanged) {
  int changed = 0;
  for (std::size_t at = 3; at < pages_[0].size(); at += 1009) {
    std::string page = pages_[0];
    page[at] = static_cast<char>(page[at] ^ 1);
    EXPECT_FALSE(Verify(page)) << "byte " << at << ": " << page.substr(at - 3, 20);
    ++changed;
  }
  std::cout << "             " << changed << " bytes changed, all refused\n";
}

TEST_F(ReportPage, IsRefusedWhenCutLongerOrDoubled) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, RecordsAt(), RecordsAt() + 500, pages_[0].size() - 30, pages_[0].size() - 1}) {
    EXPECT_FALSE(Verify(pages_[0].substr(0, size))) << size;
  }
  ExpectRefused(pages_[0] + "x", "page: line");
  ExpectRefused(pages_[0] + pages_[0], "found more");
  ExpectRefused("\xEF\xBB\xBF" + pages_[0], "page: line 1, byte 0");
  std::string more = pages_[0];
  more.insert(more.find("</h1>"), " <b>and it was certified</b>");
  ExpectRefused(more, "page: line");
}

TEST_F(ReportPage, IsRefusedWithRecordsOfAnotherRun) {
  const auto block = [](const std::string& page) { return page.substr(page.find("<script"), page.find("</body>") - page.find("<script")); };
  std::string mixed = pages_[0];
  mixed.replace(mixed.find("<script"), block(pages_[0]).size(), block(pages_[1]));
  ExpectRefused(mixed, "page: line");  // both hold, but not together

  const auto with = [&](auto change, const std::string& why) {
    report::Records records = MUST(report::RecordsFromUnverifiedPage(pages_[0]));
    const report::Records other = MUST(report::RecordsFromUnverifiedPage(pages_[1]));
    change(records, other);
    const auto verified = report::VerifyRecords(std::move(records), {.contract = &world().contract(), .simulated = nullptr});
    ASSERT_FALSE(verified) << why;
    EXPECT_THAT(verified.error().ToText(), HasSubstr(why));
  };
  with([](auto& a, auto& b) { a.scrub = b.scrub; }, "scrub statement");
  with([](auto& a, auto& b) { a.proof.settlements = b.proof.settlements; }, "settlement");
  with([](auto& a, auto& b) { a.proof.run_request = b.proof.run_request; }, "run request");
  with([](auto& a, auto&) { std::swap(a.proof.settlements[0], a.proof.settlements[1]); }, "settlement");
  with([](auto& a, auto&) { a.proof.settlements.pop_back(); }, "settlement");
  with([](auto& a, auto&) { a.signatures.pop_back(); }, "signatures");
  with([](auto& a, auto&) { a.signatures.push_back(a.signatures[0]); }, "signatures");
  with([](auto& a, auto&) { std::swap(a.signatures[0], a.signatures[1]); }, "signatures");
  with([](auto& a, auto&) { std::swap(a.signatures[0].receipt, a.signatures[1].receipt); }, "receipt of");
  with([](auto& a, auto&) { a.simulated = {}; }, "evidence");
  with([](auto& a, auto&) { MUST(a.simulated.Add(a.simulated.snp()[0])); }, "simulated roots");
  with([](auto& a, auto&) { a.proof.tee_pubkey.Set("use", "enc"); }, "encryption key as we write it");
}

TEST_F(ReportPage, HasTheMetricsInTheConsumersCopyAlone) {
  const SecretBytes text = MUST(ReadSecretFile(world().actor("researcher").folder / "age-identity.txt", 4096));
  const auto identity = MUST(sealed::Identity::FromText(AsText(text.ExposeSecret())));
  const fs::path file = shared_->folder.path() / "copy.html";
  MUST(commands::WriteConsumerReport(folders_[0], MUST(Anchors()), identity, file));
  EXPECT_EQ(fs::status(file).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
  const std::string copy = MUST(ReadTextFile(file, report::kMaxPage));
  EXPECT_TRUE(Verify(copy));
  EXPECT_THAT(copy, HasSubstr("Accuracy, with noise"));
  EXPECT_THAT(pages_[0], Not(HasSubstr("Accuracy, with noise")));
  EXPECT_THAT(pages_[0], Not(HasSubstr("file_key")));
  report::Records records = MUST(report::RecordsFromUnverifiedPage(copy));
  records.card->file_key[3] ^= 1;
  EXPECT_FALSE(report::VerifyRecords(records, {}));
  records = MUST(report::RecordsFromUnverifiedPage(copy));
  records.card->sealed[records.card->sealed.size() / 2] ^= 1;
  EXPECT_FALSE(report::VerifyRecords(records, {}));
}

}  // namespace
}  // namespace cloister::end_to_end
