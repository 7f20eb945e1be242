#include "serving/model_service.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {
namespace {

constexpr std::string_view kJsonType = "application/json";

void Refuse(Reply& reply, int status, std::string_view text) {
  reply.status = status;
  reply.content_type = "text/html; charset=utf-8";  // What AWS's container sends errors as.
  reply.body = text;
}

}  // namespace

void ModelService::Handle(const Request& request, Reply& reply) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const bool get = request.method == "GET";
  if (path == "/invocations") {
    if (request.method == "POST") return Invoke(request, reply);
    return Refuse(reply, 405, "Call /invocations with POST.");
  }
  if (path == "/ping") {
    if (!get) Refuse(reply, 405, "Call /ping with GET.");
    return;
  }
  if (path == "/execution-parameters") {
    return get ? DescribeExecution(reply) : Refuse(reply, 405, "Call /execution-parameters with GET.");
  }
  Refuse(reply, 404, "There is nothing here. The paths are /ping, /invocations and /execution-parameters.");
}

void ModelService::DescribeExecution(Reply& reply) const {
  reply.content_type = kJsonType;
  reply.body =
      fmt::format(R"({{"MaxConcurrentTransforms": {}, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": {}}})",
                  threads_, options_.body_bytes_max / (1024 * 1024));
}

void ModelService::Invoke(const Request& request, Reply& reply) const {
  thread_local algorithms::Features rows;
  thread_local std::vector<float> predictions;
  if (request.body.empty()) {
    reply.status = 204;
    return;
  }
  try {
    const RowFormat row_format = FormatOfContentType(request.content_type);
    const ReplyFormat reply_format = FormatOfAccept(request.accept, options_.default_accept);
    ReadRows(row_format, request.body, rows);
    model_.PredictInto(rows, row_format == RowFormat::kLibsvm, predictions);
    reply.content_type = ContentTypeOf(reply_format);
    if (options_.inference_output.empty()) {
      AppendPredictions(reply_format, {predictions, model_.outputs(), CsvLayoutOf(options_.image, options_.batch)},
                        reply.body);
    } else {
      Select(reply_format, predictions, reply.body);
    }
  } catch (const RequestError& error) {
    LogError("An invocation was refused with status {}: {}", error.status(), error.what());
    Refuse(reply, error.status(), error.what());
  } catch (const Error& error) {
    if (error.kind().code != algorithms::kClientError.code) throw;
    LogError("An invocation was refused: {}", error.what());
    Refuse(reply, 400, error.what());
  }
}

void ModelService::Select(ReplyFormat format, std::span<const float> predictions, std::string& out) const {
  std::vector<std::vector<SelectedValue>> rows;
  for (std::size_t at = 0; at < predictions.size(); at += model_.outputs()) {
    rows.push_back(SelectOutput(model_.objective(), model_.classes(), options_.inference_output,
                                predictions.subspan(at, model_.outputs())));
  }
  AppendSelected(format, options_.inference_output, rows, options_.batch, out);
}

}  // namespace sagebrush::serving
