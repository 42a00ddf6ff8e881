#include "contract/run.h"
#include "demo/attack.h"

namespace cloister::demo {

Attack ReportWithoutARoom() {
  return {
      .name = "report-without-a-room",
      .what = "Somebody trains without noise outside any room and puts a run report of its own on the ledger, to pass the model off as reported.",
      .refused_by = "ledger",
      .reason = "run report: no reservation for dataset",
      .play = [](Stage& stage) -> Result<Refusal> {
        World& world = *TRY(stage.Shared());
        const RoomInputs inputs = TRY(world.RequestRun());
        const auto own_key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
        const Time now = SystemClock().Now();
        contract::RunReport report{.run = inputs.run,
                                   .run_request = inputs.init_data.run_request,
                                   .contracts = inputs.init_data.contracts,
                                   .pipeline = inputs.init_data.pipeline,
                                   .room_key = own_key.Public(),
                                   .measurement = {},
                                   .host_data = {},
                                   .evidence = {},
                                   .simulated = true,
                                   .inputs = {},
                                   .outputs = {},
                                   .spent = {},
                                   .reservations = {},
                                   .audit_head = {},
                                   .time = now};
        const contract::Contract& contract = world.contract();
        for (const contract::Dataset& dataset : contract.datasets) {
          report.inputs.push_back({dataset.id, dataset.integrity.sha256});
          report.spent.push_back({dataset.id, dataset.account, 0, 0, {}});
        }
        const contract::Output& model = contract.outputs.at(0);
        report.outputs = {{model.name, model.kind, model.to, model.recipient, crypto::Sha256(AsBytes("a model without noise")), 21}};
        const Bytes statement = TRY(contract::SignDocument(report, own_key, contract::RoomIssuer(inputs.run), now));
        const auto registered = world.ledger().Register(statement);
        if (registered) return Error(ErrorCode::kRefused, "expected the ledger to refuse the report, and it took it");
        return Refusal{"ledger", registered.error().ToText()};
      }};
}

}  // namespace cloister::demo
