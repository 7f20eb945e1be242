#include "runtime/aws_registries.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace sagebrush::runtime {
namespace {

constexpr std::string_view kEcr = ".dkr.ecr.";

// docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths: of its algorithms, for each region.
const std::map<std::string_view, std::vector<std::string_view>>& Accounts() {
  static const std::map<std::string_view, std::vector<std::string_view>> accounts{
      {"af-south-1", {"455444449433", "510948584623"}},
      {"ap-east-1", {"286214385809", "651117190479"}},
      {"ap-northeast-1", {"258307448986", "351501993468", "354813040037", "501404015308", "633353088612"}},
      {"ap-northeast-2", {"204372634319", "293181348795", "306986355934", "366743142698", "835164637446"}},
      {"ap-northeast-3", {"867004704886"}},
      {"ap-south-1", {"720646828776", "991648021394"}},
      {"ap-south-2", {"628508329040"}},
      {"ap-southeast-1", {"121021644041", "475088953585"}},
      {"ap-southeast-2", {"297031611018", "514117268639", "544295431143", "712309505854", "783357654285"}},
      {"ap-southeast-3", {"951798379941"}},
      {"ap-southeast-4", {"106583098589"}},
      {"ca-central-1", {"341280168497", "469771592824"}},
      {"ca-west-1", {"190319476487"}},
      {"cn-north-1", {"390948362332", "450853457545"}},
      {"cn-northwest-1", {"387376663083", "451049120500"}},
      {"eu-central-1", {"353608530281", "492215442770", "495149712605", "664544806723", "813361260812"}},
      {"eu-central-2", {"680994064768"}},
      {"eu-north-1", {"662702820516", "669576153137"}},
      {"eu-south-1", {"257386234256", "978288397137"}},
      {"eu-south-2", {"104374241257"}},
      {"eu-west-1", {"141502667606", "224300973850", "438346466558", "685385470294", "999678624901"}},
      {"eu-west-2", {"644912444149", "764974769150"}},
      {"eu-west-3", {"659782779980", "749696950732"}},
      {"il-central-1", {"898809789911"}},
      {"me-central-1", {"272398656194"}},
      {"me-south-1", {"249704162688", "801668240914"}},
      {"sa-east-1", {"737474898029", "855470959533"}},
      {"us-east-1", {"382416733822", "522234722520", "683313688378", "766337827248", "811284229777"}},
      {"us-east-2", {"257758044811", "404615174143", "566113047672", "825641698319", "999911452149"}},
      {"us-gov-east-1", {"237065988967"}},
      {"us-gov-west-1", {"226302683700", "414596584902"}},
      {"us-iso-east-1", {"490574956308", "833128469047"}},
      {"us-isob-east-1", {"281123927165", "765400339828"}},
      {"us-isof-east-1", {"108575199400"}},
      {"us-isof-south-1", {"124985052026"}},
      {"us-west-1", {"632365934929", "746614075791"}},
      {"us-west-2", {"156387875391", "174872318107", "246618743249", "266724342769", "433757028032"}}};
  return accounts;
}

}  // namespace

std::string WhyNotAws(std::string_view uri) {
  const std::string_view host = uri.substr(0, uri.find('/'));
  const bool has_host = host.size() < uri.size() && host.find_first_of(".:") != std::string_view::npos;
  if (!has_host) return "";
  const std::size_t ecr = host.find(kEcr);
  if (ecr == std::string_view::npos) return "this server has no images of " + std::string(host) + ".";
  const std::string_view account = host.substr(0, ecr);
  const std::string_view rest = host.substr(ecr + kEcr.size());
  const auto region = Accounts().find(rest.substr(0, rest.find('.')));
  const bool is_aws = region != Accounts().end() && std::ranges::find(region->second, account) != region->second.end();
  if (is_aws) return "";
  return "account " + std::string(account) +
         " is none that AWS publishes its algorithms' images from in that region, and images of other repositories are "
         "not built.";
}

}  // namespace sagebrush::runtime
