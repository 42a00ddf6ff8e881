#include "collateral/fetch.h"

#include "collateral/testing.h"

namespace cloister::collateral {
namespace {

// FAKE: gives one answer and remembers what it was asked.
class OneAnswer final : public Http {
 public:
  Result<HttpAnswer> Send(const HttpRequest& request) override {
    asked.push_back(request);
    return answer;
  }
  HttpAnswer answer{.status = 200};
  std::vector<HttpRequest> asked;
};

TEST(Fetcher, RefusesAnAnswerWithoutTheChainOfItsIssuers) {
  OneAnswer http;
  http.answer.body = Intel().TcbInfo().body;
  const TestFolder folder;
  const Store store = *Store::OpenOrMake(folder.path(), TestAnchors());
  Fetcher fetcher(http, {});
  EXPECT_EQ(fetcher.Fetch(Kind::kIntelTcbInfo, "tdx/50806f000000", store).error().code(), ErrorCode::kMalformed);
  http.answer.headers = {{"tcb-info-issuer-chain", "%4"}};
  EXPECT_EQ(fetcher.Fetch(Kind::kIntelTcbInfo, "tdx/50806f000000", store).error().code(), ErrorCode::kMalformed);
  http.answer.headers = {{"tcb-info-issuer-chain", "a"}, {"TCB-Info-Issuer-Chain", "b"}};
  EXPECT_EQ(fetcher.Fetch(Kind::kIntelTcbInfo, "tdx/50806f000000", store).error().code(), ErrorCode::kMalformed) << "twice";
}

TEST(Fetcher, RefusesAManifestOfAnotherName) {
  OneAnswer http;
  http.answer.body = ToBytes(std::string_view(R"({"id":"OTHER","rim":"AA=="})"));
  const TestFolder folder;
  const Store store = *Store::OpenOrMake(folder.path(), TestAnchors());
  EXPECT_EQ(Fetcher(http, {}).Fetch(Kind::kNvidiaRim, "MINE", store).error().code(), ErrorCode::kMismatch);
}

TEST(Fetcher, NeedsTheIssuersOfListsInTheStore) {
  OneAnswer http;
  const TestFolder folder;
  const Store store = *Store::OpenOrMake(folder.path(), TestAnchors());
  Fetcher fetcher(http, {});
  EXPECT_EQ(fetcher.Fetch(Kind::kAmdCrl, "vcek/Milan", store).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(fetcher.Fetch(Kind::kIntelRootCrl, "root", store).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(http.asked.empty()) << "nothing was asked for in vain";
}

TEST(Fetcher, AsksEachServiceAsItWantsToBeAsked) {
  OneAnswer http;
  http.answer.status = 404;
  const TestFolder folder;
  const Store store = FullStore(folder.path());
  Fetcher fetcher(http, {});
  const auto url = [&](Kind kind, const std::string& key) {
    EXPECT_FALSE(fetcher.Fetch(kind, key, store));
    return http.asked.back().url;
  };
  EXPECT_EQ(url(Kind::kAmdChain, "vlek/Genoa"), "https://kdsintf.amd.com/vlek/v1/Genoa/cert_chain");
  EXPECT_EQ(url(Kind::kAmdCrl, "vcek/Milan"), "https://kdsintf.amd.com/vcek/v1/Milan/crl");
  EXPECT_EQ(url(Kind::kAmdVcek, AmdVcek().key), "https://kdsintf.amd.com/vcek/v1/Milan/" + ToHex(Amd().chip_id) +
                                                    "?blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219");
  EXPECT_EQ(url(Kind::kIntelTcbInfo, "sgx/00906ed50000"), "https://api.trustedservices.intel.com/sgx/certification/v4/tcb?fmspc=00906ed50000");
  EXPECT_EQ(url(Kind::kIntelQeIdentity, "tdx"), "https://api.trustedservices.intel.com/tdx/certification/v4/qe/identity");
  EXPECT_EQ(url(Kind::kIntelPckCrl, "platform"), "https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=platform&encoding=der");
  EXPECT_EQ(url(Kind::kIntelRootCrl, "root"), "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");
  EXPECT_EQ(url(Kind::kNvidiaRim, "NV_GPU_DRIVER_GH100_550.90.07"),
            "https://rim.attestation.nvidia.com/v1/rim/NV_GPU_DRIVER_GH100_550.90.07");
}

TEST(Fetcher, NamesEveryPartOfATurinTcb) {
  OneAnswer http;
  http.answer.status = 404;
  const TestFolder folder;
  const Store store = FullStore(folder.path());
  // Without a chain of that line nothing is asked.
  EXPECT_EQ(Fetcher(http, {}).Fetch(Kind::kAmdVcek, "Turin/0011223344556677/0102030400000005", store).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(http.asked.empty());
}

TEST(OcspRequest, HasTheFormThatOpenSslReads) {
  const Bytes nonce(32, 7);
  const Bytes request = *MakeOcspRequest(Intel().ca, Intel().root, nonce);
  formats::DerReader outer(request);
  formats::DerReader top = *outer.Enter();
  ASSERT_TRUE(outer.Finish());
  formats::DerReader tbs = *top.Enter();
  ASSERT_TRUE(top.Finish());
  formats::DerReader list = *tbs.Enter();
  formats::DerReader one = *list.Enter();
  formats::DerReader id = *one.Enter();
  formats::DerReader algorithm = *id.Enter();
  EXPECT_EQ(*algorithm.Oid(), "2.16.840.1.101.3.4.2.2");
  EXPECT_EQ(ToHex(*id.OctetString()), ToHex(crypto::Sha384(Intel().root.SubjectDer())));
  EXPECT_EQ(id.OctetString()->size(), 48u);
  EXPECT_EQ(ToBytes(*id.UnsignedInteger()), Intel().ca.Serial());
  formats::DerReader extensions = *tbs.Enter(formats::DerContext(2));
  EXPECT_TRUE(tbs.Finish());
  formats::DerReader sequence = *extensions.Enter();
  formats::DerReader extension = *sequence.Enter();
  EXPECT_EQ(*extension.Oid(), "1.3.6.1.5.5.7.48.1.2");
  EXPECT_EQ(MakeOcspRequest(Intel().ca, Intel().root, Bytes(129)).error().code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace cloister::collateral
