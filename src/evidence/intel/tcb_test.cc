#include "evidence/intel/tcb.h"

#include "evidence/intel/testing.h"

namespace cloister::evidence {
namespace {

using enum TcbStatus;

// Everything that EvaluateTcb looks at; current unless changed.
struct Inputs {
  TcbInfo info = TestIntel().DescribeTcb(IntelTee::kTdx);
  QeIdentity identity = TestIntel().DescribeQe(IntelTee::kTdx);
  PckExtension pck = TestIntel().options.pck;
  SgxReport qe = TestIntel().Prepare(TestIntel().Td({}), 4).qe_report;
  TdReport td = TestIntel().Td({});

  Result<IntelTcb> Evaluate() const { return EvaluateTcb(info, identity, pck, qe, &td); }
  // The words for the status, or for the refusal.
  std::string Status() const {
    const auto tcb = Evaluate();
    return tcb ? std::string(TcbStatusName(tcb->status)) : CodeOf(tcb);
  }
};

struct Row {
  TcbStatus platform, part;
  std::string merged;
};

const Row kMerges[] = {
    {kUpToDate, kUpToDate, "UpToDate"},
    {kSwHardeningNeeded, kUpToDate, "SWHardeningNeeded"},
    {kConfigurationNeeded, kUpToDate, "ConfigurationNeeded"},
    {kConfigurationAndSwHardeningNeeded, kUpToDate, "ConfigurationAndSWHardeningNeeded"},
    {kOutOfDate, kUpToDate, "OutOfDate"},
    {kOutOfDateConfigurationNeeded, kUpToDate, "OutOfDateConfigurationNeeded"},
    {kRevoked, kUpToDate, "revoked"},
    {kUpToDate, kOutOfDate, "OutOfDate"},
    {kSwHardeningNeeded, kOutOfDate, "OutOfDate"},
    {kConfigurationNeeded, kOutOfDate, "OutOfDateConfigurationNeeded"},
    {kConfigurationAndSwHardeningNeeded, kOutOfDate, "OutOfDateConfigurationNeeded"},
    {kOutOfDate, kOutOfDate, "OutOfDate"},
    {kOutOfDateConfigurationNeeded, kOutOfDate, "OutOfDateConfigurationNeeded"},
    {kUpToDate, kRevoked, "revoked"},
    {kOutOfDate, kRevoked, "revoked"},
};

TEST(IntelTcb, MergesModuleAndQuotingEnclaveAsIntelDoes) {
  for (const Row& row : kMerges) {
    Inputs module;
    module.info.levels[0].standing.status = row.platform;
    module.info.tdx_module_identities[1].levels[0].standing.status = row.part;
    EXPECT_EQ(module.Status(), row.merged) << TcbStatusName(row.platform) << " " << TcbStatusName(row.part);
    Inputs qe;
    qe.info.levels[0].standing.status = row.platform;
    qe.identity.levels[0].standing.status = row.part;
    EXPECT_EQ(qe.Status(), row.merged) << TcbStatusName(row.platform) << " " << TcbStatusName(row.part);
  }
}

TEST(IntelTcb, TakesTheFirstLevelThatEveryPartReaches) {
  Inputs inputs;
  inputs.info.levels[0].tdx_components[2] = 3;  // above the TD's 2: the CPU reaches it, TDX does not
  const auto tcb = inputs.Evaluate();
  ASSERT_TRUE(tcb.has_value());
  EXPECT_EQ(tcb->platform->status, kOutOfDate);
  inputs.info.levels[1].tdx_components[15] = 1;
  inputs.info.levels[2].tdx_components[15] = 1;
  EXPECT_EQ(inputs.Status(), "mismatch");
  inputs = Inputs();
  inputs.info.levels.clear();
  EXPECT_EQ(inputs.Status(), "mismatch");
}

TEST(IntelTcb, GathersAdvisoriesAndTheEarliestDateOfAllParts) {
  Inputs inputs;
  inputs.info.levels[0].standing.advisories = {"INTEL-SA-3", "INTEL-SA-1"};
  inputs.info.tdx_module_identities[1].levels[0].standing.advisories = {"INTEL-SA-2", "INTEL-SA-1"};
  inputs.identity.levels[0].standing.advisories = {"INTEL-SA-4"};
  inputs.identity.levels[0].standing.date = kIntelNow - std::chrono::days(2000);
  inputs.identity.evaluation_number = 16;
  const auto tcb = inputs.Evaluate();
  ASSERT_TRUE(tcb.has_value());
  EXPECT_EQ(tcb->Advisories(), (std::vector<std::string>{"INTEL-SA-1", "INTEL-SA-2", "INTEL-SA-3", "INTEL-SA-4"}));
  EXPECT_EQ(tcb->date, kIntelNow - std::chrono::days(2000));
  EXPECT_EQ(tcb->evaluation_number, 16U);
}

TEST(IntelTcb, OfAnEnclaveLooksAtNoModule) {
  Inputs inputs;
  inputs.info = TestIntel().DescribeTcb(IntelTee::kSgx);
  inputs.identity = TestIntel().DescribeQe(IntelTee::kSgx);
  inputs.qe.isv_prod_id = 1;
  const auto tcb = EvaluateTcb(inputs.info, inputs.identity, inputs.pck, inputs.qe, nullptr);
  ASSERT_TRUE(tcb.has_value()) << tcb.error().ToText();
  EXPECT_EQ(tcb->status, kUpToDate);
  EXPECT_EQ(tcb->module, nullptr);
}

// A TD 1.5 whose module was updated under it: it started under ISVSVN 3 and runs on 5.
Inputs Updated() {
  Inputs inputs;
  inputs.td.tee_tcb_svn = {3, 1, 2};
  inputs.td.td15 = TdReport15{.tee_tcb_svn2 = {5, 1, 2}, .mr_service_td = {}};
  return inputs;
}

TEST(IntelTcb, AdvisesRelaunchWhereOnlyTheModuleAtLaunchWasOld) {
  EXPECT_EQ(Updated().Status(), "TDRelaunchAdvised");
  Inputs inputs = Updated();
  inputs.info.levels[0].standing.status = kConfigurationNeeded;
  EXPECT_EQ(inputs.Status(), "TDRelaunchAdvisedConfigurationNeeded");
  inputs = Updated();
  inputs.td.td15->tee_tcb_svn2 = {5, 3, 2};  // a later line of modules
  EXPECT_EQ(inputs.Status(), "TDRelaunchAdvised");
  inputs = Updated();
  inputs.td.td15->tee_tcb_svn2 = {5, 0, 2};  // without an identity: component 0 counts
  EXPECT_EQ(inputs.Status(), "TDRelaunchAdvised");
}

TEST(IntelTcb, DoesNotAdviseRelaunchOtherwise) {
  const auto status = [](auto change) {
    Inputs inputs = Updated();
    change(inputs);
    return inputs.Status();
  };
  EXPECT_EQ(status([](Inputs& i) { i.td.td15.reset(); }), "OutOfDate");
  EXPECT_EQ(status([](Inputs& i) { i.td.td15->tee_tcb_svn2 = {4, 1, 2}; }), "OutOfDate");
  EXPECT_EQ(status([](Inputs& i) { i.td.td15->tee_tcb_svn2 = {5, 1, 1}; }), "OutOfDate");
  EXPECT_EQ(status([](Inputs& i) { i.td.td15->tee_tcb_svn2 = {4, 0, 2}; }), "OutOfDate");
  EXPECT_EQ(status([](Inputs& i) { i.td.td15->tee_tcb_svn2 = {5, 2, 2}; }), "mismatch");  // no such identity
  EXPECT_EQ(status([](Inputs& i) { i.qe.isv_svn = 6; }), "OutOfDate");
  EXPECT_EQ(status([](Inputs& i) { i.pck.tcb_components.fill(6); }), "OutOfDate");
  EXPECT_EQ(status([](Inputs& i) { i.td.tee_tcb_svn = {5, 1, 2}; }), "UpToDate");
}

}  // namespace
}  // namespace cloister::evidence
