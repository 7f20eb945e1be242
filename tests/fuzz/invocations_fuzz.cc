// links: serving
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "serving/http_connection.h"
#include "serving/http_server.h"
#include "serving/reply_body.h"
#include "serving/request_rows.h"

namespace {

using namespace sagebrush::serving;
namespace algorithms = sagebrush::algorithms;

// Reads the rows of every request, whatever their format, and writes them back as answers of two fields, one a list.
class RowsHandler : public RequestHandler {
 public:
  void Handle(const Request& request, Reply& reply) override {
    for (int format = 0; format < 5; ++format) {
      try {
        algorithms::Features rows;
        ReadRows(static_cast<RowFormat>(format), types_, request.body, rows);
        std::vector<double> numbers(rows.values.begin(), rows.values.end());
        numbers.resize(numbers.size() / 3 * 3);
        AppendAnswers(static_cast<ReplyFormat>(format % 4), shape_, numbers, reply.body);
      } catch (const RequestError&) {
      }
    }
  }

 private:
  static constexpr RowFormat kFormats[] = {RowFormat::kCsv, RowFormat::kJson};
  const RequestTypes types_{kFormats};
  const algorithms::AnswerShape shape_{{{"one"}, {"two", 2, true}}, {.list_begin = "[", .list_end = "]"}};
};

}  // namespace

// The first byte cuts the rest into pieces: a connection's bytes, as they may arrive.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  RowsHandler handler;
  HttpConnection connection(handler, 100'000);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0];
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    connection.Receive(bytes.substr(0, piece));
    connection.Sent(connection.output().size());
  }
  Reply reply;
  handler.Handle({.body = {reinterpret_cast<const char*>(data), size}}, reply);
  return 0;
}
