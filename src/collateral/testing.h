// For tests: SIMULATED vendors whose collateral is byte-exact and worth nothing.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "collateral/store.h"
#include "crypto/x509_builder.h"
#include "evidence/intel/simulated.h"
#include "evidence/snp/simulated.h"

namespace cloister::collateral {

inline const Time kTestNow = *FromRfc3339("2026-03-15T00:00:00Z");
inline constexpr Seconds kDay{24 * 3600};

struct TestDates {
  Time from = kTestNow - 10 * kDay;
  Time to = kTestNow + 20 * kDay;  // of lists and levels; certificates last ten years
};

// An Intel-like service: root, TCB signing certificate, PCK CA.
struct TestIntel {
  crypto::SigningKey root_key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  crypto::SigningKey tcb_key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  crypto::SigningKey ca_key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
  crypto::Certificate root, tcb, ca;

  TestIntel()
      : root(*Named(root_key, "SIMULATED Intel SGX Root CA").CertificateAuthority(std::nullopt).SelfSign(root_key)),
        tcb(*Named(tcb_key, "SIMULATED Intel SGX TCB Signing").Sign(root, root_key)),
        ca(*Named(ca_key, "SIMULATED Intel SGX PCK Platform CA").CertificateAuthority(0).Sign(root, root_key)) {}

  static crypto::CertificateBuilder Named(const crypto::SigningKey& key, const std::string& name) {
    crypto::CertificateBuilder builder(key.Public());
    builder.SubjectCommonName(name).Validity(kTestNow - 3650 * kDay, kTestNow + 3650 * kDay);
    return builder;
  }
  Item TcbInfo(const TestDates& dates = {}, const std::string& fmspc = "50806F000000") const {
    return Signed(Kind::kIntelTcbInfo, "tdx/50806f000000", "tcbInfo",
                  R"({"id":"TDX","version":3,"issueDate":")" + ToRfc3339(dates.from) + R"(","nextUpdate":")" + ToRfc3339(dates.to) +
                      R"(","fmspc":")" + fmspc + R"(","pceId":"0000","tcbType":0,"tcbEvaluationDataNumber":17,"tdxModule":{"mrsigner":")" +
                      std::string(96, '0') + R"(","attributes":"0000000000000000","attributesMask":"FFFFFFFFFFFFFFFF"},"tcbLevels":[]})");
  }
  Item Identity(const TestDates& dates = {}) const {
    return Signed(Kind::kIntelQeIdentity, "tdx", "enclaveIdentity",
                  R"({"id":"TD_QE","version":2,"issueDate":")" + ToRfc3339(dates.from) + R"(","nextUpdate":")" +
                      ToRfc3339(dates.to) + R"(","tcbEvaluationDataNumber":17,"miscselect":"00000000","miscselectMask":"FFFFFFFF",)" +
                      R"("attributes":")" + std::string(32, '0') + R"(","attributesMask":")" + std::string(32, 'F') + R"(","mrsigner":")" +
                      std::string(64, '0') + R"(","isvprodid":2,"tcbLevels":[]})");
  }
  Item Signed(Kind kind, std::string key, const std::string& name, const std::string& inner) const {
    const std::string body = "{\"" + name + "\":" + inner + ",\"signature\":\"" + ToHex(tcb_key.Sign(AsBytes(inner))) + "\"}";
    return {.kind = kind, .key = std::move(key), .body = ToBytes(body), .issuers = ToBytes(tcb.Pem() + root.Pem()), .source = "test"};
  }
  Item PckCrl(const TestDates& dates = {}) const {
    const auto crl = *crypto::CrlBuilder().Updates(dates.from, dates.to).Sign(ca, ca_key);
    return {.kind = Kind::kIntelPckCrl, .key = "platform", .body = crl.Der(), .issuers = ToBytes(ca.Pem() + root.Pem()), .source = "test"};
  }
  Item RootCrl(const TestDates& dates = {}) const {
    const auto crl = *crypto::CrlBuilder().Updates(dates.from, dates.to).Sign(root, root_key);
    return {.kind = Kind::kIntelRootCrl, .key = "root", .body = crl.Der(), .issuers = ToBytes(root.Pem()), .source = "test"};
  }
};

inline const TestIntel& Intel() {
  static const auto* const intel = new TestIntel;
  return *intel;
}

inline const evidence::SimulatedSnpProcessor& Amd() {
  static const auto* const processor = new evidence::SimulatedSnpProcessor(
      *evidence::SimulatedSnpProcessor::Make({.not_before = kTestNow - 10 * kDay,
                                              .not_after = kTestNow + 20 * kDay,
                                              .vcek_not_after = kTestNow + 20 * kDay,
                                              .rsa_bits = 2048},
                                             crypto::SystemRandom()));
  return *processor;
}

inline std::string AmdChainPem() { return Amd().ask.Pem() + Amd().ark.Pem(); }
inline Item AmdChain() {
  return {.kind = Kind::kAmdChain, .key = "vcek/Milan", .body = ToBytes(AmdChainPem()), .issuers = {}, .source = "test"};
}
inline Item AmdCrl() {
  return {.kind = Kind::kAmdCrl, .key = "vcek/Milan", .body = Amd().crl.Der(), .issuers = ToBytes(Amd().ark.Pem()), .source = "test"};
}
inline Item AmdVcek() {
  const std::string tcb = ToHex(*evidence::EncodeSnpTcb(Amd().tcb, Amd().product));
  return {.kind = Kind::kAmdVcek, .key = "Milan/" + ToHex(Amd().chip_id) + "/" + tcb, .body = Amd().vcek.Der(),
          .issuers = ToBytes(AmdChainPem()), .source = "test"};
}

// Made once, since signatures differ each time.
inline std::vector<Item> AllTestItems() {
  static const auto* const items = new std::vector<Item>{
      AmdChain(), AmdCrl(), AmdVcek(), Intel().TcbInfo(), Intel().Identity(), Intel().PckCrl(), Intel().RootCrl()};
  return *items;
}

// The vendors' roots and the simulated ones.
inline evidence::TrustAnchors TestAnchors() {
  evidence::SimulatedAnchors simulated;
  EXPECT_TRUE(simulated.Add(evidence::SimulatedSnpRoot{Amd().product, Amd().ark}));
  EXPECT_TRUE(simulated.Add(evidence::SimulatedRoot{evidence::RootUse::kIntelSgx, Intel().root}));
  const crypto::Sha256Digest named[] = {Amd().ark.Fingerprint(), Intel().root.Fingerprint()};
  return *evidence::TrustAnchors::VendorsAndSimulated(simulated, named);
}

inline CheckedItem Checked(Item item, Time at = kTestNow) {
  auto checked = CheckItem(std::move(item), TestAnchors(), at);
  EXPECT_TRUE(checked) << checked.error().ToText();
  return *std::move(checked);
}

// A folder that goes away with it.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cloister-collateral-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A store in `folder` with every test item.
inline Store FullStore(const std::filesystem::path& folder) {
  Store store = *Store::OpenOrMake(folder, TestAnchors());
  std::vector<CheckedItem> items;
  for (Item& item : AllTestItems()) items.push_back(Checked(std::move(item)));
  const auto put = store.Put(items, kTestNow);
  EXPECT_TRUE(put) << put.error().ToText();
  return store;
}

// A store in `folder` with `items`, which `anchors` vouch for.
inline Store StoreOf(const std::filesystem::path& folder, const evidence::TrustAnchors& anchors, std::vector<Item> items) {
  Store store = *Store::OpenOrMake(folder, anchors);
  std::vector<CheckedItem> checked;
  for (Item& item : items) {
    auto one = CheckItem(std::move(item), anchors, kTestNow);
    EXPECT_TRUE(one) << one.error().ToText();
    if (one) checked.push_back(*std::move(one));
  }
  EXPECT_TRUE(store.Put(checked, kTestNow));
  return store;
}

// What the TDs of a SIMULATED platform need.
inline std::vector<Item> TdItemsOf(const evidence::SimulatedIntelPlatform& platform) {
  const auto own = platform.Collateral(evidence::IntelTee::kTdx);
  const Bytes root = ToBytes(platform.root.Pem()), ca = ToBytes(platform.ca.Pem() + platform.root.Pem());
  const std::string level = "tdx/" + ToHex(platform.options.pck.fmspc);
  return {{Kind::kIntelTcbInfo, level, ToBytes(own.tcb_info), ToBytes(own.tcb_info_issuer_chain), "test"},
          {Kind::kIntelQeIdentity, "tdx", ToBytes(own.qe_identity), ToBytes(own.qe_identity_issuer_chain), "test"},
          {Kind::kIntelRootCrl, "root", platform.root_crl.Der(), root, "test"},
          {Kind::kIntelPckCrl, "platform", platform.pck_crl.Der(), ca, "test"}};
}

}  // namespace cloister::collateral
