#include "app/cli/onvif_command.h"

#include <cstdio>

#include "app/cli/arguments.h"
#include "app/cli/password_input.h"
#include "app/paths.h"
#include "base/secret/base64.h"
#include "base/secret/secrets.h"
#include "base/text.h"
#include "onvif/camera.h"
#include "onvif/picture.h"
#include "onvif/proposal.h"
#include "plugin/discovery.h"
#include "plugin/loader.h"
#include "porchlight/json.h"

namespace porchlight::app {
namespace {

constexpr seconds kPicture{6};
constexpr seconds kNotableSkew{60};      ///< logins of stream servers allow for about that
constexpr const char* kNoUser = "USER";  ///< to be filled in

/// The plugin that asks cameras for their streams by itself, where it is installed.
constexpr const char* kAskingPlugin = "onvif";

/// A still, or why there is none.
struct Picture {
    std::string jpeg;
    std::string problem;
};

/// What to write for one source of the camera.
struct Snippet {
    std::string camera;   ///< a file of cameras.d
    std::string secrets;  ///< lines of secrets.yaml
};

std::string quoted(const std::string& text) {
    return JsonWriter().value(text).text();  // YAML takes it
}

/// Which plugins there are for it.
struct Plugins {
    std::string by_address;
    bool is_asking_there = false;
};

Plugins pluginsHere() {
    const plugin::Catalogue catalogue(Paths::find().plugins);
    const auto* plugin = catalogue.findForScheme("rtsp");
    if (plugin == nullptr)
        throw Error(ErrorKind::NotSupported, "no plugin here takes rtsp:// (porchlight plugins)");
    return {plugin->name, catalogue.find(PluginKind::Capture, kAskingPlugin) != nullptr};
}

class Report {
  public:
    Report(const onvif::Camera& camera, std::string user, Plugins plugins)
        : camera_(camera),
          title_(onvif::titleOf(camera.device.manufacturer, camera.device.model, camera.address.host)),
          user_(std::move(user)),
          plugins_(std::move(plugins)),
          proposals_(onvif::propose(camera.profiles)) {}

    void print() const {
        const auto& device = camera_.device;
        line(title_ + " at " + camera_.address.text());
        line("    firmware " + told(device.firmware) + ", serial " + told(device.serial) + ", hardware " +
             told(device.hardware));
        line("    clock " + clock());
        line("    media service " + std::to_string(camera_.media_version) + ", login " +
             onvif::nameOf(camera_.login_way));
        for (const auto& profile : camera_.profiles) printProfile(profile);
        if (proposals_.empty()) line("No stream to record: it has no profile with pictures and an address.");
        for (std::size_t i = 0; i < proposals_.size(); ++i) printProposal(i);
    }

    /// Of the first stream that is proposed.
    Picture fetchPicture(const std::optional<Login>& login) const {
        Picture out;
        try {
            const std::string address = proposals_.empty() ? "" : proposals_.front().main->snapshot;
            out.jpeg = onvif::fetchPicture(address, login, {}, Deadline::in(kPicture));
        } catch (const Error& error) {
            out.problem = base::hideSecrets(error.what());
        }
        return out;
    }

    void printJson(const std::optional<Picture>& picture) const {
        JsonWriter json;
        const auto& device = camera_.device;
        json.beginObject().field("address", camera_.address.text()).field("title", title_);
        json.key("device")
            .beginObject()
            .field("manufacturer", device.manufacturer)
            .field("model", device.model);
        json.field("firmware", device.firmware).field("serial", device.serial);
        json.field("hardware", device.hardware).endObject();
        json.key("clock_ahead_s");
        camera_.clock_ahead ? json.value(camera_.clock_ahead->count()) : json.null();
        json.field("login", onvif::nameOf(camera_.login_way)).field("media_version", camera_.media_version);
        json.key("profiles").beginArray();
        for (const auto& profile : camera_.profiles) writeProfile(json, profile);
        json.endArray().key("proposals").beginArray();
        for (std::size_t i = 0; i < proposals_.size(); ++i) writeProposal(json, i);
        json.endArray();
        if (picture) writePicture(json, *picture);
        line(json.endObject().text());
    }

  private:
    static void line(const std::string& text) { std::puts(text.c_str()); }
    static std::string told(const std::string& text) { return text.empty() ? "not told" : text; }

    std::string clock() const {
        if (!camera_.clock_ahead) return "not told";
        const seconds off = std::chrono::abs(*camera_.clock_ahead);
        if (off <= seconds(1)) return "right";
        const std::string text =
            base::formatDuration(off) + (camera_.clock_ahead->count() > 0 ? " ahead" : " behind");
        return off < kNotableSkew ? text : text + ": set its time by NTP in its own page";
    }

    static void printProfile(const onvif::Profile& profile) {
        line("  " + base::printable(profile.token) +
             (profile.name.empty() ? "" : " \"" + profile.name + "\"") + ": " + onvif::describe(profile));
        if (!profile.stream.empty()) line("    stream " + profile.stream);
        if (!profile.snapshot.empty()) line("    still  " + profile.snapshot);
        if (!profile.problem.empty()) line("    " + base::hideSecrets(profile.problem));
    }

    /// One name for each source: the second channel of a recorder is "...-2".
    std::string nameFor(std::size_t index) const {
        const std::string name = plugin::nameFor({plugins_.by_address, {"", title_, "", "", {}}});
        return index == 0 ? name : name + "-" + std::to_string(index + 1);
    }

    std::string head(std::size_t index) const {
        return "name: " + nameFor(index) + "\ntitle: " + quoted(title_) + "\nsource: {plugin: ";
    }

    /// What to write, in the shortest way that there is.
    Snippet snippetFor(std::size_t index) const {
        if (!plugins_.is_asking_there) return snippetByAddress(index);
        const auto& proposal = proposals_[index];
        std::string secret = nameFor(0) + "_password";
        std::replace(secret.begin(), secret.end(), '-', '_');
        const auto& at = camera_.address;
        const bool is_usual = at == onvif::parseServiceAddress(at.hostAndPort());
        Snippet out;
        out.camera = head(index) + kAskingPlugin +
                     ", address: " + quoted(is_usual ? at.hostAndPort() : at.text()) +
                     ", user: " + quoted(user_) + ", password: !secret " + secret;
        if (proposals_.size() > 1) {
            out.camera += ", stream: " + quoted(proposal.main->token);
            if (proposal.sub == nullptr) out.camera += ", sub_stream: off";
        }
        out.camera += "}\n";
        if (index == 0) out.secrets = secret + ": \"PASSWORD\"\n";
        return out;
    }

    Snippet snippetByAddress(std::size_t index) const {
        const auto& proposal = proposals_[index];
        const std::string name = nameFor(index);
        std::string secret = name + "_url";
        std::replace(secret.begin(), secret.end(), '-', '_');
        Snippet out;
        out.camera = head(index) + plugins_.by_address + ", url: !secret " + secret;
        out.secrets = secret + ": " + quoted(onvif::withUser(proposal.main->stream, user_)) + "\n";
        if (proposal.sub != nullptr) {
            out.camera += ", sub_url: !secret sub_" + secret;
            out.secrets +=
                "sub_" + secret + ": " + quoted(onvif::withUser(proposal.sub->stream, user_)) + "\n";
        }
        out.camera += "}\n";
        return out;
    }

    void printProposal(std::size_t index) const {
        const auto& proposal = proposals_[index];
        const Snippet snippet = snippetFor(index);
        line("\nProposed" +
             (proposals_.size() > 1 ? " for " + base::printable(proposal.source) : std::string()) + ":");
        line("  main " + base::printable(proposal.main->token) + ": " + proposal.main_reason);
        line("  sub  " +
             (proposal.sub != nullptr ? base::printable(proposal.sub->token) : std::string("none")) + ": " +
             proposal.sub_reason);
        line("# cameras.d/" + nameFor(index) + ".yaml");
        std::fputs(snippet.camera.c_str(), stdout);
        if (!plugins_.is_asking_there) return printSecretsByAddress(snippet);
        line("# secrets.yaml, with the password for PASSWORD");
        std::fputs(snippet.secrets.c_str(), stdout);
        const Snippet other = snippetByAddress(index);
        line("# Or by the addresses that it has now, cameras.d/" + nameFor(index) + ".yaml");
        std::fputs(other.camera.c_str(), stdout);
        printSecretsByAddress(other);
    }

    static void printSecretsByAddress(const Snippet& snippet) {
        line("# secrets.yaml, with the password (percent-encoded) for PASSWORD" +
             std::string(snippet.secrets.find("***") != std::string::npos
                             ? ", and the login that the camera wants in its path for ***"
                             : ""));
        std::fputs(snippet.secrets.c_str(), stdout);
    }

    static void writePicture(JsonWriter& json, const Picture& picture) {
        json.key("picture_jpeg_base64");
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(picture.jpeg.data());
        picture.jpeg.empty() ? json.null() : json.value(base::toBase64({bytes, picture.jpeg.size()}));
        json.key("picture_problem");
        picture.problem.empty() ? json.null() : json.value(picture.problem);
    }

    static void writeProfile(JsonWriter& json, const onvif::Profile& profile) {
        json.beginObject().field("token", profile.token).field("name", profile.name);
        json.field("source", profile.source).field("codec", profile.codec);
        json.field("codec_profile", profile.codec_profile).field("width_px", profile.width_px);
        json.field("height_px", profile.height_px).field("rate_hz", profile.rate_hz);
        json.field("keyframe_interval", profile.keyframe_interval);
        json.field("bit_rate_kbit_s", profile.bit_rate_kbit_s).field("stream", profile.stream);
        json.field("snapshot", profile.snapshot)
            .field("problem", base::hideSecrets(profile.problem))
            .endObject();
    }

    void writeProposal(JsonWriter& json, std::size_t index) const {
        const auto& proposal = proposals_[index];
        const Snippet snippet = snippetFor(index);
        const Snippet by_address = snippetByAddress(index);
        json.beginObject().field("source", proposal.source).field("name", nameFor(index));
        json.field("main", proposal.main->token).field("main_reason", proposal.main_reason).key("sub");
        proposal.sub != nullptr ? json.value(proposal.sub->token) : json.null();
        json.field("sub_reason", proposal.sub_reason).field("camera_yaml", snippet.camera);
        json.field("secrets_yaml", snippet.secrets).key("by_address").beginObject();
        json.field("camera_yaml", by_address.camera).field("secrets_yaml", by_address.secrets);
        json.endObject().endObject();
    }

    const onvif::Camera& camera_;
    const std::string title_;
    const std::string user_;
    const Plugins plugins_;
    const std::vector<onvif::Proposal> proposals_;
};

}  // namespace

int printOnvifCamera(const std::string& address, const std::optional<std::string>& user, bool is_json,
                     bool has_picture) {
    const onvif::ServiceAddress device = onvif::parseServiceAddress(address);
    const Plugins plugins = pluginsHere();
    if (user && user->empty()) throw UsageError("--user needs a name");
    std::optional<Login> login;
    if (user) login = Login{*user, readSecret("Password of the camera: ")};
    try {
        onvif::Client client(device, login, Deadline::in(onvif::kAllQuestions));
        const onvif::Camera camera = onvif::readCamera(client);
        const Report report(camera, user.value_or(kNoUser), plugins);
        if (!is_json)
            report.print();
        else
            report.printJson(has_picture ? std::optional(report.fetchPicture(login)) : std::nullopt);
        return 0;
    } catch (const onvif::OnvifError& error) {
        if (is_json)
            std::puts(JsonWriter()
                          .beginObject()
                          .field("refusal", onvif::nameOf(error.refusal()))
                          .field("message", base::hideSecrets(error.what()))
                          .endObject()
                          .text()
                          .c_str());
        throw;
    }
}

}  // namespace porchlight::app
