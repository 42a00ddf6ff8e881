#include "report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "contract/sample_for_tests.h"
#include "report/internal/render.h"

namespace cloister::report {
namespace {

using contract::Sample;
using contract::TestKey;
using formats::Json;
using testing::HasSubstr;
using testing::Not;

const Time kNow = *FromRfc3339("2026-06-01T12:00:00Z");

// Facts that nobody verified, for looks alone.
RunFacts MakeFacts(const contract::Contract& contract) {
  contract::RunReport report{.run = Sample::kRun,
                             .run_request = Sample::Fill(5),
                             .contracts = {contract.digest()},
                             .pipeline = contract.pipeline.sha256,
                             .room_key = TestKey(Sample::kRoomKey).Public(),
                             .measurement = {},
                             .host_data = Sample::Fill(8),
                             .evidence = Sample::Fill(9),
                             .simulated = true,
                             .inputs = {},
                             .outputs = {},
                             .spent = {},
                             .reservations = {},
                             .audit_head = Sample::Fill(3),
                             .time = kNow};
  for (const auto& output : contract.outputs) {
    report.outputs.push_back({output.name, output.kind, output.to, output.recipient, Sample::Fill(2), 12345});
  }
  RunFacts facts{.contract = contract,
                 .report = report,
                 .report_sha256 = Sample::Fill(4),
                 .entry = {17, kNow},
                 .request = Sample::MakeRunRequest(contract, kNow),
                 .certification = {contract.compute.certifier, {}, {"dp-sgd/1"}, {"releases nothing else"}, kNow, kNow + Seconds(86400)},
                 .hardware = {"Milan", "SIMULATED-ARK-Milan", Sample::Fill(0x31), true, false},
                 .charges = {},
                 .signatures = {},
                 .scrub = contract::Scrub{Sample::kRun, {"decrypted files"}, 4096, Sample::Fill(4), kNow},
                 .card = {}};
  std::uint64_t sequence = 4;
  for (const auto& dataset : contract.datasets) {
    const bool metered = contract.PrivacyOf(dataset.id) != nullptr;
    const double epsilon = metered ? 1.5 : 0;
    facts.charges.push_back({{Sample::kRun, Sample::Fill(5), contract.digest(), dataset.id, dataset.account, dataset.provider, sequence,
                              Sample::Fill(6), epsilon, metered ? 1e-5 : 0, {metered ? 2.25 : 0, metered ? 2e-5 : 0}, kNow, Sample::Fill(7)},
                             {Sample::kRun, dataset.id, dataset.account, dataset.provider, sequence + 2, Sample::Fill(8), epsilon,
                              metered ? 1e-5 : 0, {metered ? 2.25 : 0, metered ? 2e-5 : 0}}});
    facts.report.spent.push_back({dataset.id, dataset.account, epsilon, 0, {}});
  }
  for (std::size_t i = 0; i < 4; ++i) {
    facts.signatures.push_back({contract.parties[i].did, kNow, Sample::Fill(1), {i + 1, kNow}});
  }
  return facts;
}

std::string PageOf(const RunFacts& facts, const Json& records = Json::Object{{"type", "test"}}) {
  const auto page = internal::Render(facts, records);
  EXPECT_TRUE(page);
  return page ? *page : "";
}

// Every element that is opened is closed, in order; no other way to say that nobody's text became markup.
void ExpectWellFormed(const std::string& page) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>");
  for (std::sregex_iterator it(page.begin(), page.end(), tag), end; it != end; ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || (*it)[3].str().ends_with("/")) continue;
    if ((*it)[1] == "/") {
      ASSERT_FALSE(open.empty()) << name;
      ASSERT_EQ(open.back(), name);
      open.pop_back();
    } else {
      open.push_back(name);
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(Page, IsWellFormedAndLoadsNothing) {
  const std::string page = PageOf(MakeFacts(Sample::MakeContract()));
  ExpectWellFormed(page);
  EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* loads : {"src=", "href=", "url(http", "@import", "javascript:"}) EXPECT_THAT(page, Not(HasSubstr(loads))) << loads;
  // One script element, and that is data.
  EXPECT_EQ(page.find("<script"), page.find("<script type=\"application/json\" id=\"records\">"));
  EXPECT_EQ(page.find("<script"), page.rfind("<script"));
}

TEST(Page, SaysSimulatedInRedWhereItIs) {
  RunFacts facts = MakeFacts(Sample::MakeContract());
  EXPECT_THAT(PageOf(facts), HasSubstr("<p class=\"banner\"><strong>SIMULATED hardware.</strong>"));
  EXPECT_THAT(PageOf(facts), HasSubstr("<text class=\"r\""));
  facts.hardware = {"Milan", "ARK-Milan", Sample::Fill(0x31), false, true};
  EXPECT_THAT(PageOf(facts), Not(HasSubstr("SIMULATED")));
  EXPECT_THAT(PageOf(facts), Not(HasSubstr("class=\"banner\"")));
}

TEST(Page, ShowsNoMetricsInTheOperatorsCopy) {
  RunFacts facts = MakeFacts(Sample::MakeContract());
  EXPECT_THAT(PageOf(facts), Not(HasSubstr("Validation metrics</h3>")));
  facts.card = Json::Object{{"steps", 100}, {"validation", Json::Object{{"accuracy", 0.9375}}}};
  const std::string page = PageOf(facts);
  EXPECT_THAT(page, HasSubstr("Validation metrics</h3>"));
  EXPECT_THAT(page, HasSubstr("0.9375"));
  EXPECT_THAT(page, HasSubstr("consumer&#39;s own copy"));
  facts.card = Json::Object{{"validation", nullptr}};
  EXPECT_THAT(PageOf(facts), HasSubstr("nothing was measured"));
}

// Each text that a party can choose, at its worst.
class HostileText : public testing::TestWithParam<std::string> {};

TEST_P(HostileText, StaysText) {
  contract::Contract contract = Sample::MakeContract();
  const std::string& text = GetParam();
  for (auto& party : contract.parties) party.did = "did:web:" + text;
  for (auto& dataset : contract.datasets) {
    dataset.name = dataset.owner = dataset.account = text;
    dataset.provider = contract.parties[0].did;
    if (dataset.schema) dataset.schema->fields[0].name = text;
  }
  contract.parties[2].did += "2";  // the consumer
  for (auto& permission : contract.permissions) {
    for (auto& [id, columns] : permission.columns) columns = {text};
  }
  for (auto& output : contract.outputs) output.name = output.to = output.recipient = text;
  contract.id = contract.ledger.origin = contract.compute.certifier = text;
  contract.revocable_by = {text};
  RunFacts facts = MakeFacts(contract);
  facts.hardware.root = facts.report.run = text;
  facts.certification.certifier = text;
  facts.certification.claims = {text};
  facts.scrub->wiped = {text};
  facts.card = Json::Object{{"validation", Json::Object{{"accuracy", text}}}};
  const std::string page = PageOf(facts, Json::Object{{text, text}});
  ExpectWellFormed(page);
  for (const char* bad : {"<script>", "<img", "<b>x", "onerror=\"", "\u202E", "\u2066", "-->"}) {
    EXPECT_THAT(page.substr(0, page.find("id=\"records\"")), Not(HasSubstr(bad))) << bad;
  }
  EXPECT_EQ(page.find("<script"), page.rfind("<script"));
  EXPECT_EQ(page.find("</script"), page.rfind("</script"));
}

INSTANTIATE_TEST_SUITE_P(Page, HostileText,
                         testing::Values("<script>alert(1)</script>", "\"><img src=x onerror=\"alert(1)\">", "' onload='x", "</title><b>x</b>",
                                         "</style><script>1</script>", "<!-- --><![CDATA[ ]]>", "\u202Eevil\u2066", "&lt;&#x3c;script&#x3e;",
                                         std::string(300, 'W'), "]]>--></text></svg><script>1</script>", std::string("\0\x01\x1B[31m", 7)));

TEST(Records, AreFoundOnceOrNotAtAll) {
  EXPECT_EQ(RecordsFromUnverifiedPage("<html></html>").error().code(), ErrorCode::kMalformed);
  EXPECT_EQ(RecordsFromUnverifiedPage(std::string(kMaxPage + 1, ' ')).error().code(), ErrorCode::kLimit);
  const std::string block = "<script type=\"application/json\" id=\"records\">{}</script>";
  EXPECT_THAT(RecordsFromUnverifiedPage(block + block).error().message(), HasSubstr("found more"));
  EXPECT_THAT(RecordsFromUnverifiedPage(block.substr(0, block.size() - 3)).error().message(), HasSubstr("end of the records"));
  EXPECT_THAT(RecordsFromUnverifiedPage(block).error().message(), HasSubstr("type"));
  std::string deep = "<script type=\"application/json\" id=\"records\">";
  deep += std::string(100, '[') + std::string(100, ']') + "</script>";
  EXPECT_EQ(RecordsFromUnverifiedPage(deep).error().code(), ErrorCode::kLimit);
}

TEST(Budgets, AreWhatTheSignedChargesSay) {
  const auto changes = BudgetChanges(MakeFacts(Sample::MakeContract()));
  ASSERT_EQ(changes.size(), 2u);  // the pipeline has none
  EXPECT_EQ(changes[0].before, (contract::Charged{0.75, 1e-5}));
  EXPECT_EQ(changes[0].after, (contract::Charged{2.25, 2e-5}));
  EXPECT_EQ(changes[0].total, (contract::Charged{5, 3e-5}));
  EXPECT_EQ(changes[0].first_sequence, 4u);
  EXPECT_EQ(changes[0].last_sequence, 6u);
}

// Two tables of one provider about the same people: from before the first reservation until after the last settlement.
TEST(Budgets, OfOneAccountAreShownOnce) {
  RunFacts facts = MakeFacts(Sample::MakeContract());
  for (const std::size_t i : {0u, 1u}) {
    facts.charges[i].reserved.broker = Sample::kBank;
    facts.charges[i].reserved.account = "people";
  }
  facts.charges[1].reserved.sequence = 5;
  facts.charges[1].reserved.charged = {3.75, 3e-5};
  facts.charges[1].settled.sequence = 9;
  facts.charges[1].settled.charged = {3.5, 3e-5};
  const auto changes = BudgetChanges(facts);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].before, (contract::Charged{0.75, 1e-5}));
  EXPECT_EQ(changes[0].after.epsilon, 3.5);
}

}  // namespace
}  // namespace cloister::report
