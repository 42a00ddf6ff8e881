#include "collateral/check.h"

#include "collateral/testing.h"

namespace cloister::collateral {
namespace {

using evidence::TrustAnchors;

ErrorCode CodeOf(Item item, Time at = kTestNow) {
  const auto checked = CheckItem(std::move(item), TestAnchors(), at);
  EXPECT_FALSE(checked);
  return checked ? ErrorCode::kInternal : checked.error().code();
}

TEST(CheckItem, RefusesEveryChangedByteOfWhatIsSigned) {
  for (const Item& item : AllTestItems()) {
    if (item.kind == Kind::kAmdChain) continue;  // PEM: see the next test
    for (std::size_t i = 0; i < item.body.size(); i += 7) {
      Item changed = item;
      changed.body[i] ^= 0x01;
      EXPECT_FALSE(CheckItem(changed, TestAnchors(), kTestNow)) << NameOf(item.kind, item.key) << " byte " << i;
    }
  }
}

TEST(CheckItem, RefusesAChainOfChangedCertificates) {
  Bytes der = Amd().ask.Der();
  for (std::size_t i = 0; i < der.size(); i += 31) {
    der[i] ^= 0x01;
    const auto ask = crypto::Certificate::ParseDer(der);
    der[i] ^= 0x01;
    if (!ask) continue;
    Item item = AmdChain();
    item.body = ToBytes(ask->Pem() + Amd().ark.Pem());
    EXPECT_FALSE(CheckItem(item, TestAnchors(), kTestNow)) << i;
  }
}

TEST(CheckItem, RefusesEveryCut) {
  for (const Item& item : AllTestItems()) {
    for (std::size_t size = 0; size < item.body.size(); size += 13) {
      Item cut = item;
      cut.body.resize(size);
      EXPECT_FALSE(CheckItem(cut, TestAnchors(), kTestNow)) << NameOf(item.kind, item.key) << " cut at " << size;
    }
  }
}

TEST(CheckItem, RefusesRootsThatAreNoAnchors) {
  for (const Item& item : AllTestItems()) {
    const auto checked = CheckItem(item, TrustAnchors::Vendors(), kTestNow);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), ErrorCode::kUntrusted) << checked.error().ToText();
  }
}

TEST(CheckItem, RefusesAnotherIntelsSignature) {
  const TestIntel other;
  for (Item item : {other.TcbInfo(), other.Identity(), other.PckCrl()}) {
    EXPECT_EQ(CodeOf(item), ErrorCode::kUntrusted);
    item.issuers = item.kind == Kind::kIntelPckCrl ? Intel().PckCrl().issuers : Intel().TcbInfo().issuers;
    EXPECT_EQ(CodeOf(item), ErrorCode::kUntrusted);
  }
}

TEST(CheckItem, RefusesACertificateOfTheSameRootThatMayNotSignLevels) {
  Item item = Intel().TcbInfo();
  const std::string inner = std::string(AsText(item.body)).substr(11, item.body.size() - 11 - 14 - 128 - 2);
  const std::string body = "{\"tcbInfo\":" + inner + ",\"signature\":\"" + ToHex(Intel().ca_key.Sign(AsBytes(inner))) + "\"}";
  item.body = ToBytes(body);
  item.issuers = ToBytes(Intel().ca.Pem() + Intel().root.Pem());
  EXPECT_EQ(CodeOf(item), ErrorCode::kUntrusted);
}

TEST(CheckItem, RefusesWhatItsKeyDoesNotName) {
  Item info = Intel().TcbInfo();
  info.key = "sgx/50806f000000";
  EXPECT_EQ(CodeOf(info), ErrorCode::kMismatch);
  info.key = "tdx/50806f000001";
  EXPECT_EQ(CodeOf(info), ErrorCode::kMismatch);
  Item identity = Intel().Identity();
  identity.key = "sgx";
  EXPECT_EQ(CodeOf(identity), ErrorCode::kMismatch);
  Item list = Intel().PckCrl();
  list.key = "processor";
  EXPECT_EQ(CodeOf(list), ErrorCode::kMismatch);
  Item chain = AmdChain();
  chain.key = "vlek/Milan";
  EXPECT_EQ(CodeOf(chain), ErrorCode::kMismatch);
  chain.key = "vcek/Genoa";
  EXPECT_EQ(CodeOf(chain), ErrorCode::kMismatch);
  Item crl = AmdCrl();
  crl.key = "vcek/Turin";
  EXPECT_EQ(CodeOf(crl), ErrorCode::kMismatch);
  Item vcek = AmdVcek();
  vcek.key.back() = vcek.key.back() == '0' ? '1' : '0';
  EXPECT_EQ(CodeOf(vcek), ErrorCode::kMismatch);
  vcek = AmdVcek();
  vcek.key[6] = vcek.key[6] == '0' ? '1' : '0';
  EXPECT_EQ(CodeOf(vcek), ErrorCode::kMismatch);
}

TEST(CheckItem, RefusesKeysThatCouldLeaveTheFolderOrHaveAnotherForm) {
  for (const auto& [kind, key] : std::vector<std::pair<Kind, std::string>>{
           {Kind::kAmdChain, "../Milan"},      {Kind::kAmdChain, "vcek/Rome"},         {Kind::kAmdCrl, "vcek/Milan/"},
           {Kind::kAmdVcek, "Milan/00/00"},    {Kind::kIntelTcbInfo, "tdx/50806F000000"}, {Kind::kIntelTcbInfo, "tdx"},
           {Kind::kIntelQeIdentity, "TDX"},    {Kind::kIntelPckCrl, ""},                {Kind::kIntelRootCrl, "Root"},
           {Kind::kNvidiaRim, "../../etc"},    {Kind::kNvidiaRim, ""},                  {Kind::kNvidiaRim, std::string(129, 'A')},
           {Kind::kNvidiaOcsp, "00/00"},       {Kind::kAzureCa, std::string(64, 'G')},  {Kind::kGoogleCa, std::string(63, '0')}}) {
    EXPECT_EQ(CheckKey(kind, key).error().code(), ErrorCode::kMalformed) << key;
  }
}

TEST(CheckItem, RefusesWhatIsTooLarge) {
  for (Item item : AllTestItems()) {
    item.body.resize(MaximumSize(item.kind) + 1);
    EXPECT_EQ(CodeOf(item), ErrorCode::kLimit);
  }
  Item item = AmdCrl();
  item.issuers.resize(kMaxIssuerBytes + 1);
  EXPECT_EQ(CodeOf(item), ErrorCode::kLimit);
}

TEST(CheckItem, RefusesAnswersWithAnythingBeforeOrBehindWhatIsSigned) {
  const Item good = Intel().TcbInfo();
  const std::string text(AsText(good.body));
  for (const std::string& body : {"[" + text + "]", text + text, "{\"x\":1," + text.substr(1), text + "x",
                                  text.substr(0, text.size() - 1) + ",\"y\":2}"}) {
    Item item = good;
    item.body = ToBytes(body);
    EXPECT_EQ(CodeOf(item), ErrorCode::kMalformed);
  }
}

TEST(CheckItem, SaysWhenAnItemHolds) {
  for (Item& item : AllTestItems()) {
    const CheckedItem checked = Checked(std::move(item));
    EXPECT_EQ(checked.window().not_before, kTestNow - 10 * kDay);
    EXPECT_EQ(checked.window().not_after, kTestNow + 20 * kDay);
    EXPECT_TRUE(checked.simulated());
    EXPECT_TRUE(checked.CheckAt(kTestNow - 10 * kDay));
    EXPECT_TRUE(checked.CheckAt(kTestNow + 20 * kDay - Seconds(1)));
    EXPECT_EQ(checked.CheckAt(kTestNow + 20 * kDay).error().code(), ErrorCode::kExpired);
    EXPECT_EQ(checked.CheckAt(kTestNow - 10 * kDay - Seconds(1)).error().code(), ErrorCode::kExpired);
  }
}

TEST(CheckItem, StillSaysOfExpiredItemsWhoSignedThem) {
  for (Item& item : AllTestItems()) Checked(std::move(item), kTestNow + 1000 * kDay);
  EXPECT_EQ(CodeOf(Intel().TcbInfo({.from = kTestNow + 4000 * kDay, .to = kTestNow + 4001 * kDay})), ErrorCode::kExpired);
}

class Vectors : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(root_ / "MANIFEST.json")) GTEST_SKIP() << "the shared vectors are not here";
  }
  Bytes File(const std::string& name) { return *ReadFile(root_ / name, 1 << 20); }
  std::string Pem(const std::string& name) { return crypto::Certificate::ParseDer(File(name))->Pem(); }
  void Good(const Item& item, std::string_view at) {
    const auto checked = CheckItem(item, TrustAnchors::Vendors(), *FromRfc3339(at));
    ASSERT_TRUE(checked) << checked.error().ToText();
    EXPECT_TRUE(checked->CheckAt(*FromRfc3339(at))) << checked->CheckAt(*FromRfc3339(at)).error().ToText();
    EXPECT_FALSE(checked->simulated());
  }
  std::filesystem::path root_ = std::filesystem::path(CLOISTER_SHARED_DIR) / "vectors";
};

TEST_F(Vectors, HoldWithAmdsRoots) {
  for (const std::string line : {"Milan", "Genoa", "Turin"}) {
    const std::string file = line == "Milan" ? "milan" : line == "Genoa" ? "genoa" : "turin";
    const std::string ark = Pem("_common/amd_ark_" + file + ".der");
    Good({.kind = Kind::kAmdChain, .key = "vcek/" + line, .body = ToBytes(Pem("_common/amd_sev_" + file + ".der") + ark), .issuers = {}, .source = {}},
         "2025-09-01T00:00:00Z");
    Good({.kind = Kind::kAmdChain, .key = "vlek/" + line, .body = ToBytes(Pem("_common/amd_sev_vlek_" + file + ".der") + ark), .issuers = {}, .source = {}},
         "2025-09-01T00:00:00Z");
    if (line == "Turin") continue;
    Good({.kind = Kind::kAmdCrl, .key = "vcek/" + line, .body = File("_common/amd_crl_ark_" + file + ".crl"), .issuers = ToBytes(ark), .source = {}},
         "2025-09-01T00:00:00Z");
  }
}

TEST_F(Vectors, HoldWithIntelsRoot) {
  const std::string folder = "tdx/v4-00806f05-outofdate/";
  const std::string_view at = "2025-07-20T00:00:00Z";
  Good({.kind = Kind::kIntelTcbInfo, .key = "tdx/00806f050000", .body = File(folder + "tcb_info.json"),
        .issuers = File(folder + "tcb_signing_chain.pem"), .source = {}}, at);
  Good({.kind = Kind::kIntelQeIdentity, .key = "tdx", .body = File(folder + "qe_identity.json"),
        .issuers = File(folder + "tcb_signing_chain.pem"), .source = {}}, at);
  Good({.kind = Kind::kIntelPckCrl, .key = "platform", .body = File(folder + "pck_crl.der"),
        .issuers = File(folder + "pck_crl_issuer_chain.pem"), .source = {}}, at);
  Good({.kind = Kind::kIntelRootCrl, .key = "root", .body = File(folder + "root_ca_crl.der"),
        .issuers = ToBytes(Pem("_common/intel_sgx_root_ca.der")), .source = {}}, at);
}

TEST_F(Vectors, HoldWithNvidiasRoots) {
  const std::string_view at = "2025-12-01T00:00:00Z";
  const Item rim{.kind = Kind::kNvidiaRim, .key = "NV_GPU_DRIVER_GH100_550.144.03", .body = File("nvidia-rim/driver-550.144.03/rim.xml"), .issuers = {}, .source = {}};
  Good(rim, at);
  Good({.kind = Kind::kNvidiaRim, .key = "NV_GPU_VBIOS_G520_0200_886_960074000D", .body = File("nvidia-rim/vbios-g520-960074000D/rim.xml"), .issuers = {}, .source = {}},
       "2024-06-01T00:00:00Z");
  const auto code = [](Item item, std::string_view when) {
    return CheckItem(std::move(item), TrustAnchors::Vendors(), *FromRfc3339(when)).error().code();
  };
  Item other = rim;
  other.key = "NV_GPU_DRIVER_GH100_550.90.07";
  EXPECT_EQ(code(other, at), ErrorCode::kMismatch);
  EXPECT_EQ(code(rim, "2035-01-01T00:00:00Z"), ErrorCode::kExpired);
  other = rim;
  other.body = File("nvidia-rim/neg-driver-incorrect-signature/rim.xml");
  EXPECT_EQ(code(other, at), ErrorCode::kUntrusted);
  for (std::size_t i = 0; i < rim.body.size(); i += 997) {
    other = rim;
    other.body[i] ^= 1;
    EXPECT_FALSE(CheckItem(other, TrustAnchors::Vendors(), *FromRfc3339(at))) << i;
  }
}

TEST_F(Vectors, HoldWithTheCloudsRoots) {
  const auto intermediate = *crypto::Certificate::ParseDer(File("az-vtpm-ak/azure-ak-cert-0/intermediate.der"));
  Good({.kind = Kind::kAzureCa, .key = ToHex(intermediate.Fingerprint()), .body = intermediate.Der(),
        .issuers = ToBytes(Pem("az-vtpm-ak/azure-ak-cert-0/root.der")), .source = {}}, "2025-06-01T00:00:00Z");
  const auto google = *crypto::Certificate::ParseDer(File("gcp-vtpm/gce-ak-cert-chain/intermediate.der"));
  Good({.kind = Kind::kGoogleCa, .key = ToHex(google.Fingerprint()), .body = google.Der(),
        .issuers = ToBytes(Pem("gcp-vtpm/gce-ak-cert-chain/root.der")), .source = {}}, "2025-06-01T00:00:00Z");
}

}  // namespace
}  // namespace cloister::collateral
