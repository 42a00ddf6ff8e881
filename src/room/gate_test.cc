#include "room/gate.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "contract/sample_for_tests.h"
#include "sealed/age_file.h"

namespace cloister::room {
namespace {

// A contract whose two outputs go to one age identity.
class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    const std::string recipient = identity_.recipient().ToText();
    const std::string consumer = contract::Sample::kConsumer;
    contract_.outputs = {{"model", contract::OutputKind::kModel, consumer, recipient},
                         {"notes", contract::OutputKind::kCard, consumer, recipient}};
    // Whatever the work called its results: the gate doesn't look at it.
    model_.safetensors = ToBytes("weights");
    model_.card = formats::Json::Object{{"name", "../../etc/passwd"}, {"to", "did:web:thief.example"}};
  }
  sealed::Identity identity_ = sealed::Identity::Generate(crypto::SystemRandom());
  contract::Contract contract_ = contract::Sample::MakeContract();
  TrainedModel model_;
};

TEST_F(GateTest, SealsToThoseWhomTheContractNamesAndUnderItsNamesOnly) {
  const auto outputs = SealOutputs(contract_, model_, crypto::SystemRandom());
  ASSERT_TRUE(outputs) << outputs.error().message();
  ASSERT_EQ(outputs->size(), 2u);
  EXPECT_EQ((*outputs)[0].released.name, "model");
  EXPECT_EQ((*outputs)[1].released.name, "notes");
  for (const SealedOutput& output : *outputs) {
    EXPECT_EQ(output.released.to, contract::Sample::kConsumer);
    EXPECT_EQ(output.released.sha256, crypto::Sha256(output.ciphertext));
    EXPECT_EQ(output.released.size, output.ciphertext.size());
  }
  EXPECT_EQ(AsText(sealed::Open(identity_, (*outputs)[0].ciphertext)->ExposeSecret()), "weights");
}

TEST_F(GateTest, LetsNothingOutThatTheContractDoesNotName) {
  contract_.outputs.pop_back();
  const auto outputs = SealOutputs(contract_, model_, crypto::SystemRandom());
  ASSERT_TRUE(outputs);
  ASSERT_EQ(outputs->size(), 1u);
  EXPECT_EQ((*outputs)[0].released.name, "model");
}

TEST_F(GateTest, RefusesARecipientThatIsNone) {
  contract_.outputs[0].recipient = "age1nobody";
  EXPECT_FALSE(SealOutputs(contract_, model_, crypto::SystemRandom()));
}

TEST_F(GateTest, WritesOnlyCiphertextAndTheProof) {
  const auto outputs = SealOutputs(contract_, model_, crypto::SystemRandom());
  std::string folder = (std::filesystem::temp_directory_path() / "cloister-gate.XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  ASSERT_TRUE(HandOver(folder, *outputs, formats::Json::Object{{"type", "proof/v1"}}));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"model.safetensors.age", "notes.json.age", "proof.json"}));
  EXPECT_EQ(*ReadFile(std::filesystem::path(folder) / "model.safetensors.age", 1 << 20), (*outputs)[0].ciphertext);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cloister::room
