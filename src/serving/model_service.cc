#include "serving/model_service.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "serving/reply_body.h"

namespace sagebrush::serving {
namespace {

constexpr std::string_view kJsonType = "application/json";

void Refuse(Reply& reply, int status, std::string_view text) {
  reply.status = status;
  reply.content_type = "text/html; charset=utf-8";  // What AWS's container sends errors as.
  reply.body = text;
}

}  // namespace

ModelService::ModelService(const algorithms::Model& model, const algorithms::Declaration& declaration,
                           const ServeOptions& options, int threads)
    : model_(model),
      options_(options),
      types_(declaration.requests),
      default_accept_(options.default_accept.empty() ? declaration.default_accept : options.default_accept),
      threads_(threads) {}

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
  thread_local std::vector<double> numbers;
  if (request.body.empty()) {
    reply.status = 204;
    return;
  }
  try {
    const RowFormat row_format = types_.FormatOf(request.content_type);
    const ReplyFormat reply_format = FormatOfAccept(request.accept, default_accept_);
    ReadRows(row_format, types_, request.body, rows);
    model_.PredictInto(rows, row_format == RowFormat::kLibsvm, numbers);
    reply.content_type = ContentTypeOf(reply_format);
    AppendAnswers(reply_format, model_.answers(), numbers, reply.body);
  } catch (const RequestError& error) {
    LogError("An invocation was refused with status {}: {}", error.status(), error.what());
    Refuse(reply, error.status(), error.what());
  } catch (const Error& error) {
    if (error.kind().code != algorithms::kClientError.code) throw;
    LogError("An invocation was refused: {}", error.what());
    Refuse(reply, 400, error.what());
  }
}

}  // namespace sagebrush::serving
