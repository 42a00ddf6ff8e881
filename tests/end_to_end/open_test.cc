// What a consumer opens: nothing that no attested room reported under the consumer's own contract.
#include "base/file.h"
#include "commands/open_output.h"
#include "contract/proof.h"
#include "sealed/age_file.h"
#include "token/jwe.h"
#include "worlds.h"

namespace cloister::end_to_end {
namespace {

namespace fs = std::filesystem;
using commands::OpenedOutput;
using commands::OpenOutput;
using formats::Json;
using testing::HasSubstr;

constexpr std::size_t kMaxFile = 64u << 20;

class Open : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!WhyNoWorld().empty()) return;
    shared_ = MUST(MakeWorld({})).release();
    for (RoomRun& run : runs_) {
      run = MUST(world().LaunchRoom(MUST(world().RequestRun()), std::nullopt));
      ASSERT_TRUE(run.Done()) << run.reason;
    }
  }
  static void TearDownTestSuite() { delete std::exchange(shared_, nullptr); }
  void SetUp() override {
    if (!WhyNoWorld().empty()) GTEST_SKIP() << WhyNoWorld();
    ASSERT_TRUE(runs_[1].Done());
  }
  static World& world() { return *shared_->world; }
  static fs::path Model(int run) { return runs_[run].out / "model.safetensors.age"; }
  static fs::path ProofOf(int run) { return runs_[run].out / "proof.json"; }
  static Result<sealed::Identity> Identity() {
    const SecretBytes text = TRY(ReadSecretFile(world().actor("researcher").folder / "age-identity.txt", 4096));
    return sealed::Identity::FromText(AsText(text.ExposeSecret()));
  }
  static Result<OpenedOutput> TryToOpen(const fs::path& file, const fs::path& proof, const contract::Contract& contract) {
    const auto anchors = TRY(evidence::SimulatedAnchors::Load(world().config().hardware / "anchors.json"));
    return OpenOutput(file, proof, contract, anchors, TRY(Identity()));
  }
  static void ExpectShut(const fs::path& file, const fs::path& proof, const contract::Contract& contract, const std::string& why) {
    const auto opened = TryToOpen(file, proof, contract);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().ToText(), HasSubstr(why));
    std::cout << "             refused by: OpenOutput | " << opened.error().ToText() << "\n";
  }
  static Result<contract::Proof> ReadProof(int run) {
    return contract::Proof::FromJson(TRY(Json::Parse(TRY(ReadTextFile(ProofOf(run), kMaxFile)), {.max_bytes = kMaxFile})));
  }
  // A changed proof in a file of its own.
  static Result<fs::path> Write(const contract::Proof& proof) {
    const fs::path file = shared_->folder.path() / "changed-proof.json";
    TRY(WriteFile(file, AsBytes(proof.ToJson().Dump()), FileMode::kPublic));
    return file;
  }
  static void ExpectProofShut(const contract::Proof& proof, const std::string& why) {
    ExpectShut(Model(0), MUST(Write(proof)), world().contract(), why);
  }

  static TestWorld* shared_;
  static RoomRun runs_[2];
};

TestWorld* Open::shared_ = nullptr;
RoomRun Open::runs_[2];

// What a WHERE left of the rows must not show in anything public.
TEST_F(Open, ScrubStatementCountsOnlyWhatEverybodyKnows) {
  std::uint64_t expected = 0;
  for (const demo::ScenarioTable& table : world().scenario().tables) expected += table.csv.size();
  const auto pipeline = MUST(sealed::DescribeFile(world().config().folder / "sealed" / "pipeline.json.age"));
  expected += pipeline.file.size - pipeline.header.size() - 32;  // nonce and the tag of its one chunk
  const auto scrub = MUST(contract::StatementFromUnverified(MUST(ReadFile(runs_[0].out / "scrub.cose", kMaxFile))));
  EXPECT_EQ(static_cast<std::uint64_t>(MUST(scrub.payload.GetInt("bytes"))), expected);
}

TEST_F(Open, GenuineModelOpens) {
  const auto opened = MUST(TryToOpen(Model(0), ProofOf(0), world().contract()));
  EXPECT_EQ(opened.output.name, "model");
  EXPECT_TRUE(opened.simulated);
  // Written anew the proof still holds, so what the other tests change is what is refused.
  MUST(TryToOpen(Model(0), MUST(Write(MUST(ReadProof(0)))), world().contract()));
}

TEST_F(Open, ModelThatNoAttestedRoomReportedStaysShut) {
  const auto recipient = MUST(Identity()).recipient();
  const Bytes fake = MUST(sealed::Seal(std::span(&recipient, 1), AsBytes("a fake model"), crypto::SystemRandom()));
  const fs::path file = shared_->folder.path() / "model.safetensors.age";
  MUST(WriteFile(file, fake, FileMode::kPublic));
  ExpectShut(file, ProofOf(0), world().contract(), "output: expected a file that an attested room reported");
}

TEST_F(Open, ModelWithTheProofOfAnotherRunStaysShut) {
  ExpectShut(Model(0), ProofOf(1), world().contract(), "output: expected a file that an attested room reported");
}

TEST_F(Open, FlippedByteOfTheModelStaysShut) {
  const fs::path file = shared_->folder.path() / "flipped.age";
  fs::copy_file(Model(0), file, fs::copy_options::overwrite_existing);
  MUST(FlipByte(file, fs::file_size(file) - 1));
  ExpectShut(file, ProofOf(0), world().contract(), "output: expected a file that an attested room reported");
}

TEST_F(Open, AnotherContractStaysShut) {
  contract::Contract another = world().contract();
  another.expiry += Seconds(1);
  ExpectShut(Model(0), ProofOf(0), another, "contract: expected the one that you signed, the proof is for another");
}

// A flipped bit in the middle of each part's bytes. The JSON ones keep their form, so that it is not the parser who refuses.
TEST_F(Open, FlippedByteInAnyPartOfTheProofKeepsTheModelShut) {
  const contract::Proof genuine = MUST(ReadProof(0));
  const auto flip = [](auto& bytes, std::size_t at) { bytes[at] = static_cast<std::remove_reference_t<decltype(bytes[at])>>(bytes[at] ^ 1); };
  const auto with = [&](auto change, const std::string& why) {
    contract::Proof proof = genuine;
    change(proof);
    ExpectProofShut(proof, why);
  };
  for (const double place : {0.02, 0.5, 0.99}) {
    const auto at = [&](const auto& bytes) { return static_cast<std::size_t>(place * static_cast<double>(bytes.size())); };
    with([&](auto& proof) { flip(proof.report, at(proof.report)); }, "run report");
    with([&](auto& proof) { flip(proof.receipt, at(proof.receipt)); }, "receipt");
    with([&](auto& proof) { flip(proof.certification, at(proof.certification)); }, "certification");
    with([&](auto& proof) { flip(proof.init_data, at(proof.init_data)); }, "evidence: ");
    with([&](auto& proof) { flip(proof.additional_evidence, at(proof.additional_evidence)); }, "evidence: ");
    with([&](auto& proof) { flip(proof.checkpoint, at(proof.checkpoint)); }, "checkpoint: ");
  }
  with([&](auto& proof) { proof.nonce = ToBase64(Bytes(32, 7)); }, "evidence: ");
  with([&](auto& proof) { proof.tee_pubkey = token::TeePrivateKey::Generate().Public().ToJwk(); }, "evidence: ");
  with([&](auto& proof) { proof.contract.Set("jurisdiction", "XX"); }, "contract: ");
}

// Each text anywhere in the evidence's JSON, one at a time.
void FlipTexts(const Json& json, const std::function<void(const Json&)>& use) {
  if (json.is_string()) {
    std::string text = *json.AsString();
    if (text.empty()) return;
    char& c = text[text.size() / 2];
    c = c == 'A' ? 'B' : 'A';
    use(text);
  } else if (json.is_array()) {
    const Json::Array& array = **json.AsArray();
    for (std::size_t i = 0; i < array.size(); ++i) {
      FlipTexts(array[i], [&](const Json& flipped) {
        Json::Array changed = array;
        changed[i] = flipped;
        use(changed);
      });
    }
  } else if (json.is_object()) {
    for (const auto& [name, member] : **json.AsObject()) {
      FlipTexts(member, [&json, &use, key = name](const Json& flipped) {
        Json changed = json;
        changed.Set(key, flipped);
        use(changed);
      });
    }
  }
}

TEST_F(Open, ChangedTextAnywhereInTheEvidenceKeepsTheModelShut) {
  const contract::Proof genuine = MUST(ReadProof(0));
  int changed = 0;
  FlipTexts(genuine.evidence, [&](const Json& evidence) {
    contract::Proof proof = genuine;
    proof.evidence = evidence;
    if (changed++ == 0) ExpectProofShut(proof, "evidence: expected the one that the run report names");
    EXPECT_FALSE(TryToOpen(Model(0), MUST(Write(proof)), world().contract()));
  });
  EXPECT_GT(changed, 0);
}

TEST_F(Open, PartsOfAnotherRunsProofDoNotHelp) {
  const contract::Proof genuine = MUST(ReadProof(0));
  const contract::Proof other = MUST(ReadProof(1));
  const auto with = [&](auto change, const std::string& why) {
    contract::Proof proof = genuine;
    change(proof);
    ExpectProofShut(proof, why);
  };
  with([&](auto& proof) { proof.report = other.report; }, "receipt: ");
  with([&](auto& proof) { proof.receipt = other.receipt; }, "receipt: ");
  with([&](auto& proof) { proof.evidence = other.evidence; }, "evidence: ");
  with([&](auto& proof) { proof.init_data = other.init_data; }, "evidence: ");
  with([&](auto& proof) { proof.additional_evidence = other.additional_evidence; }, "evidence: ");
  with([&](auto& proof) { proof.nonce = other.nonce; }, "evidence: ");
}

// The file is the other run's, and everything but the report is the other run's too.
TEST_F(Open, EvidenceOfOneRunAndTheReportOfAnotherStayShut) {
  contract::Proof proof = MUST(ReadProof(1));
  const contract::Proof genuine = MUST(ReadProof(0));
  proof.report = genuine.report;
  proof.receipt = genuine.receipt;
  proof.checkpoint = genuine.checkpoint;
  ExpectProofShut(proof, "evidence: expected the one that the run report names");
}

}  // namespace
}  // namespace cloister::end_to_end
