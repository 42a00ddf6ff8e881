// Fetching over the real HTTP client from a local server that answers as the vendors' services do.
#include "service/collateral_http.h"

#include "collateral/refresh.h"
#include "collateral/testing.h"
#include "net/server.h"

namespace cloister::service {
namespace {

using collateral::FetchOutcome;
using collateral::Kind;
using collateral::kTestNow;
using collateral::Store;
using collateral::Wanted;
using std::chrono::milliseconds;

// Remembers what was waited for and waits for nothing.
class FakePace final : public collateral::Pace {
 public:
  milliseconds Now() const override { return now_; }
  void Wait(milliseconds duration) override {
    waits.push_back(duration);
    now_ += duration;
  }
  std::vector<milliseconds> waits;

 private:
  milliseconds now_{0};
};

net::Response Body(ByteSpan body, std::initializer_list<std::pair<std::string_view, std::string_view>> headers = {}) {
  net::Response response;
  response.headers.Add("Content-Type", "application/octet-stream");
  for (const auto& [name, value] : headers) response.headers.Add(name, value);
  response.body = ToBytes(body);
  return response;
}

// FAKE: AMD's, Intel's and NVIDIA's services, with what collateral/testing.h made.
class FakeVendors {
 public:
  FakeVendors() {
    net::Router router;
    const auto add = [&](std::string_view pattern, std::function<net::Response(const net::Request&)> answer) {
      router.Add("GET", pattern, [this, answer](const net::Request& request) -> Result<net::Response> {
        requests.push_back(net::FormatTarget(request));
        if (failures > 0) {
          --failures;
          net::Response response = Body({});
          response.status = failure_status;
          if (!retry_after.empty()) response.headers.Add("Retry-After", retry_after);
          return response;
        }
        return answer(request);
      });
    };
    add("/vcek/v1/Milan/cert_chain", [](const auto&) { return Body(AsBytes(collateral::AmdChainPem())); });
    add("/vcek/v1/Milan/crl", [](const auto&) { return Body(collateral::Amd().crl.Der()); });
    add("/vcek/v1/Milan/{hwid}", [](const net::Request& request) {
      const bool right = request.Capture("hwid") == ToHex(collateral::Amd().chip_id) && request.Query("blSPL") == "4" &&
                         request.Query("teeSPL") == "0" && request.Query("snpSPL") == "24" && request.Query("ucodeSPL") == "219";
      return right ? Body(collateral::Amd().vcek.Der()) : net::Response::Text(404, "text/plain", "none");
    });
    add("/tdx/certification/v4/tcb", [this](const net::Request& request) {
      if (request.Query("fmspc") != "50806f000000") return net::Response::Text(404, "text/plain", "none");
      const auto item = collateral::Intel().TcbInfo(dates);
      return Body(item.body, {{"TCB-Info-Issuer-Chain", net::PercentEncode(AsText(item.issuers))}});
    });
    for (const std::string tee : {"sgx", "tdx"}) {
      add("/" + tee + "/certification/v4/qe/identity", [tee](const auto&) {
        auto item = collateral::Intel().Identity();
        if (tee == "sgx") {
          item = collateral::Intel().Signed(Kind::kIntelQeIdentity, "sgx", "enclaveIdentity", SgxIdentity());
        }
        return Body(item.body, {{"SGX-Enclave-Identity-Issuer-Chain", net::PercentEncode(AsText(item.issuers))}});
      });
    }
    add("/sgx/certification/v4/pckcrl", [](const net::Request& request) {
      const auto item = collateral::Intel().PckCrl();
      if (request.Query("ca") != "platform" || request.Query("encoding") != "der") return net::Response::Text(400, "text/plain", "?");
      return Body(item.body, {{"SGX-PCK-CRL-Issuer-Chain", net::PercentEncode(AsText(item.issuers))}});
    });
    add("/sgx/certification/v4/rootcacrl", [](const auto&) { return Body(AsBytes(ToHex(collateral::Intel().RootCrl().body))); });
    add("/v1/rim/{id}", [this](const net::Request& request) {
      const formats::Json json = formats::Json::Object{{"id", request.Capture("id")}, {"rim", ToBase64(Bytes(rim_bytes, 'x'))}};
      return Body(AsBytes(json.Dump()));
    });
    server_ = *net::Server::Start({}, std::move(router), telemetry::Logger());
  }
  static std::string SgxIdentity() {
    const std::string body(AsText(collateral::Intel().Identity().body));
    std::string inner = body.substr(19, body.size() - 19 - 14 - 128 - 2);
    return inner.replace(inner.find("TD_QE"), 5, "QE");
  }
  collateral::Services At() const {
    collateral::Services services = collateral::ServicesWithPccs(server_->url());
    services.amd_kds = server_->url();
    services.nvidia_rim = server_->url() + "/v1/rim";
    return services;
  }
  std::vector<std::string> requests;
  int failures = 0;
  int failure_status = 503;
  std::string retry_after;
  std::size_t rim_bytes = 100;
  collateral::TestDates dates;

 private:
  std::unique_ptr<net::Server> server_;
};

class CollateralFetch : public testing::Test {
 protected:
  std::vector<collateral::Fetched> Get(std::vector<Wanted> wanted, Time now = kTestNow) {
    CollateralHttp http("", clock_);
    crypto::DeterministicRandom random(7);
    collateral::PatientHttp patient(http, pace_, random, {});
    collateral::Fetcher fetcher(patient, vendors_.At());
    return collateral::Refresh(store_, fetcher, std::move(wanted), now, 7 * collateral::kDay);
  }
  ErrorCode FailureOf(Kind kind, const std::string& key) {
    for (const auto& one : Get({{kind, key}})) {
      if (one.wanted.kind == kind && one.failure) return one.failure->code();
    }
    return ErrorCode::kInternal;
  }
  FakeVendors vendors_;
  FakePace pace_;
  FakeClock clock_{kTestNow};
  collateral::TestFolder folder_;
  Store store_ = *Store::OpenOrMake(folder_.path(), collateral::TestAnchors());
};

TEST_F(CollateralFetch, FailsWhereTheServiceHasNone) {
  EXPECT_EQ(FailureOf(Kind::kIntelTcbInfo, "tdx/000000000000"), ErrorCode::kNotFound);
  EXPECT_EQ(FailureOf(Kind::kAzureCa, std::string(64, '0')), ErrorCode::kUnsupported);
  std::string vcek = collateral::AmdVcek().key;
  vcek[vcek.size() - 16] = 'f';  // another boot loader
  EXPECT_EQ(FailureOf(Kind::kAmdVcek, vcek), ErrorCode::kNotFound);
}

TEST_F(CollateralFetch, RefusesAnAnswerThatNoRootVouchesFor) {
  store_ = *Store::OpenOrMake(folder_.path(), evidence::TrustAnchors::Vendors());
  EXPECT_EQ(FailureOf(Kind::kAmdChain, "vcek/Milan"), ErrorCode::kUntrusted);
  EXPECT_EQ(FailureOf(Kind::kIntelPckCrl, "platform"), ErrorCode::kUntrusted);
  EXPECT_TRUE(store_.index().entries.all().empty());
}

TEST_F(CollateralFetch, RefusesAnAnswerThatIsTooLarge) {
  vendors_.rim_bytes = 2u << 20;
  EXPECT_EQ(FailureOf(Kind::kNvidiaRim, "NV_GPU_DRIVER_GH100_550.90.07"), ErrorCode::kLimit);
}

TEST_F(CollateralFetch, RefusesAnAnswerThatHasEnded) {
  vendors_.dates = {.from = kTestNow - 20 * collateral::kDay, .to = kTestNow - collateral::kDay};
  EXPECT_EQ(FailureOf(Kind::kIntelTcbInfo, "tdx/50806f000000"), ErrorCode::kExpired);
}

TEST_F(CollateralFetch, TakesEverythingAndWhatItsIssuersComeFrom) {
  const auto fetched = Get({{Kind::kAmdCrl, "vcek/Milan"}, {Kind::kAmdVcek, collateral::AmdVcek().key},
                            {Kind::kIntelTcbInfo, "tdx/50806f000000"}, {Kind::kIntelPckCrl, "platform"}, {Kind::kIntelRootCrl, "root"}});
  EXPECT_EQ(fetched.size(), 7u) << "the chain and an identity too";
  for (const auto& one : fetched) {
    EXPECT_EQ(one.outcome, FetchOutcome::kFetched)
        << collateral::NameOf(one.wanted.kind, one.wanted.key) << ": " << (one.failure ? one.failure->ToText() : "");
  }
  EXPECT_TRUE(store_.Get(Kind::kIntelRootCrl, "root", kTestNow));
  EXPECT_EQ(store_.Get(Kind::kAmdVcek, collateral::AmdVcek().key, kTestNow)->item().body, collateral::Amd().vcek.Der());
}

TEST_F(CollateralFetch, AsksForNothingThatHoldsLongEnough) {
  const std::vector<Wanted> wanted = {{Kind::kAmdChain, "vcek/Milan"}, {Kind::kAmdCrl, "vcek/Milan"}};
  Get(wanted);
  const std::size_t before = vendors_.requests.size();
  for (const auto& one : Get(wanted)) EXPECT_EQ(one.outcome, FetchOutcome::kKept);
  EXPECT_EQ(vendors_.requests.size(), before);
  Get(wanted, kTestNow + 14 * collateral::kDay);  // ends in six days
  EXPECT_EQ(vendors_.requests.size(), before + 2);
}

TEST_F(CollateralFetch, KeepsItsOwnWhereTheServiceGoesBack) {
  ASSERT_EQ(Get({{Kind::kIntelTcbInfo, "tdx/50806f000000"}})[0].outcome, FetchOutcome::kFetched);
  vendors_.dates.from -= collateral::kDay;
  EXPECT_EQ(Get({{Kind::kIntelTcbInfo, "tdx/50806f000000"}}, kTestNow + 14 * collateral::kDay)[0].outcome, FetchOutcome::kKept);
  EXPECT_EQ(store_.index().entries.all()[0].issued, kTestNow - 10 * collateral::kDay);
}

TEST_F(CollateralFetch, WaitsLongerEachTimeAndGivesUp) {
  vendors_.failures = 100;
  EXPECT_EQ(FailureOf(Kind::kAmdChain, "vcek/Milan"), ErrorCode::kUnavailable);
  EXPECT_EQ(vendors_.requests.size(), 4u);
  ASSERT_GE(pace_.waits.size(), 3u);
  milliseconds total{0};
  for (const milliseconds wait : pace_.waits) total += wait;
  EXPECT_GE(total, milliseconds(500 + 1000 + 2000));
  EXPECT_LE(total, milliseconds(1000 + 2000 + 4000 + 3 * 1000));
}

TEST_F(CollateralFetch, WaitsAsLongAsTheServiceAsks) {
  vendors_.failures = 1;
  vendors_.failure_status = 429;
  vendors_.retry_after = "30";
  EXPECT_EQ(Get({{Kind::kAmdChain, "vcek/Milan"}})[0].outcome, FetchOutcome::kFetched);
  EXPECT_EQ(pace_.waits, std::vector<milliseconds>{milliseconds(30'000)});
}

TEST_F(CollateralFetch, DoesNotWaitForHoursBecauseAServiceAsks) {
  vendors_.failures = 1;
  vendors_.retry_after = "86400";
  EXPECT_EQ(FailureOf(Kind::kAmdChain, "vcek/Milan"), ErrorCode::kUnavailable);
  EXPECT_EQ(vendors_.requests.size(), 1u);
  EXPECT_TRUE(pace_.waits.empty());
}

TEST_F(CollateralFetch, AsksOneServiceOnceASecond) {
  Get({{Kind::kAmdChain, "vcek/Milan"}, {Kind::kAmdCrl, "vcek/Milan"}, {Kind::kIntelPckCrl, "platform"}});
  EXPECT_EQ(pace_.waits, (std::vector<milliseconds>{milliseconds(1000), milliseconds(1000)}));
}

TEST_F(CollateralFetch, OneFailureKeepsNoOtherAway) {
  const auto fetched = Get({{Kind::kAmdChain, "vcek/Turin"}, {Kind::kIntelPckCrl, "platform"}});
  EXPECT_EQ(fetched[0].outcome, FetchOutcome::kFailed);
  EXPECT_EQ(fetched[1].outcome, FetchOutcome::kFetched);
}

}  // namespace
}  // namespace cloister::service
