/* simgrid_shim.cpp - see simgrid_shim.h. SimGrid keeps its state in process-wide objects; so does this file.
 *
 * Exceptions end here. catch (...) would also swallow the one that SimGrid uses to kill an actor, so only functions
 * that no actor calls use it. */
#include "simgrid_shim.h"

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <limits>
#include <map>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>
#include <xbt/log.h>

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define FTBLAB_ADDRESS_SANITIZER 1
#endif
#elif defined __SANITIZE_ADDRESS__
#define FTBLAB_ADDRESS_SANITIZER 1
#endif

namespace s4u = simgrid::s4u;
using simgrid::kernel::timer::Timer;

namespace
{

struct run_ended {
};

struct transfer {
  s4u::ActivityPtr activity;
  ftblab_shim_ended *ended;
  void *argument;
};

/* A disk is used by an actor of its own: SimGrid 3.32 never forgets the I/O that no actor has started, and searches
 * all of it at the end of each transfer. */
struct disk_use {
  s4u::ActorPtr actor;
  ftblab_shim_ended *ended;
  void *argument;
};

ftblab_shim_hooks hooks;
Timer *timer;
std::unordered_map<const s4u::Activity *, transfer> transfers;
/* An activity may not be destroyed while it reports its end, nor after SimGrid's own objects: this one is never. */
std::vector<s4u::ActivityPtr> &ended_activities = *new std::vector<s4u::ActivityPtr>;
std::map<aid_t, disk_use> &disk_users = *new std::map<aid_t, disk_use>; /* in the order of their start */
sigjmp_buf load_failed;

void on_abort(int)
{
  siglongjmp(load_failed, 1);
}

void tell(char *reason, size_t size, const char *text)
{
  if (size > 0)
    snprintf(reason, size, "%s", text);
}

/* SimGrid's own words about the failure: the first line of its log that is not a stack or a hint. */
void tell_from_log(int log, char *reason, size_t size)
{
  char text[4096];
  ssize_t length = pread(log, text, sizeof text - 1, 0);
  text[std::max<ssize_t>(length, 0)] = '\0';
  text[strcspn(text, "\n")] = '\0';
  const char *words = strstr(text, "] ");
  for (const char *next = words; next != nullptr; next = strstr(words + 2, "] "))
    words = next;
  tell(reason, size, words != nullptr ? words + 2 : text[0] != '\0' ? text : "SimGrid cannot use this platform");
}

void disk_use_ended(aid_t pid, bool good)
{
  auto found = disk_users.find(pid);
  if (found == disk_users.end())
    return;
  disk_use use = std::move(found->second);
  disk_users.erase(found);
  use.ended(use.argument, good);
}

void on_completion(s4u::Activity const &activity)
{
  auto found = transfers.find(&activity);
  if (found == transfers.end())
    return;
  transfer done = std::move(found->second);
  transfers.erase(found);
  bool arrived = activity.get_state() == s4u::Activity::State::FINISHED;
  ended_activities.push_back(std::move(done.activity));
  done.ended(done.argument, arrived);
}

void connect_signals()
{
  s4u::Host::on_state_change_cb([](s4u::Host const &host) {
    if (hooks.host != nullptr)
      hooks.host(hooks.argument, const_cast<s4u::Host *>(&host), host.is_on());
  });
  s4u::Engine::on_deadlock_cb([] {
    if (hooks.deadlock != nullptr)
      hooks.deadlock(hooks.argument);
  });
  s4u::Actor::on_destruction_cb([](s4u::Actor const &) {
    if (hooks.idle != nullptr && s4u::Engine::get_instance()->get_actor_count() == 0)
      hooks.idle(hooks.argument);
  });
  s4u::Activity::on_completion_cb(on_completion);
}

} // namespace

extern "C" {

void ftblab_shim_start(void)
{
#if FTBLAB_ADDRESS_SANITIZER
  char factory[] = "--cfg=contexts/factory:thread"; /* the sanitizer cannot follow SimGrid's hand-made stacks */
#else
  char factory[] = "--cfg=contexts/factory:raw";
#endif
  char program[] = "ftblab", quiet[] = "--log=root.thres:critical";
  char alone[] = "--log=ker_engine.add:0", nowhere[] = "--log=ker_engine.app:file:/dev/null";
  char *arguments[] = {program, factory, quiet, alone, nowhere, nullptr};
  int count = 5;
  simgrid_init(&count, arguments);
  connect_signals();
}

bool ftblab_shim_load(const char *path, char *reason, size_t size)
{
  int log = memfd_create("ftblab-simgrid-log", MFD_CLOEXEC);
  int console = dup(STDERR_FILENO);
  if (log < 0 || console < 0 || dup2(log, STDERR_FILENO) < 0) {
    tell(reason, size, "cannot catch SimGrid's messages");
    return false;
  }
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_abort;
  sigaction(SIGABRT, &action, &before);
  volatile bool good = false;
  const std::string file(path); /* made here: a jump out of the call would leave a temporary behind */
  if (sigsetjmp(load_failed, 1) == 0) {
    try {
      s4u::Engine::get_instance()->load_platform(file);
      good = true;
    } catch (std::exception const &problem) {
      tell(reason, size, problem.what());
    }
  } else {
    tell_from_log(log, reason, size);
  }
  sigaction(SIGABRT, &before, nullptr);
  dup2(console, STDERR_FILENO);
  close(console);
  close(log);
  return good;
}

void ftblab_shim_hook(const ftblab_shim_hooks *wanted)
{
  hooks = wanted != nullptr ? *wanted : ftblab_shim_hooks{};
}

bool ftblab_shim_run(char *reason, size_t size)
{
  try {
    s4u::Engine::get_instance()->run();
  } catch (run_ended const &) {
    delete timer; /* SimGrid deletes a timer after its callback, which did not return */
    timer = nullptr;
  } catch (std::exception const &problem) {
    tell(reason, size, problem.what());
    return false;
  }
  return true;
}

bool ftblab_shim_in_scheduler(void)
{
  return s4u::Actor::is_maestro();
}

size_t ftblab_shim_actors(void)
{
  return s4u::Engine::get_instance()->get_actor_count();
}

void ftblab_shim_timer_set(double date, bool (*callback)(void *), void *argument)
{
  timer = Timer::set(date, [callback, argument] {
    Timer *fired = std::exchange(timer, nullptr);
    if (callback(argument))
      return;
    ftblab_shim_timer_cancel();
    timer = fired;
    throw run_ended();
  });
}

void ftblab_shim_timer_cancel(void)
{
  if (timer != nullptr)
    std::exchange(timer, nullptr)->remove();
}

bool ftblab_shim_route(sg_host_t from, sg_host_t to, double *latency, double *bandwidth)
{
  try {
    std::vector<s4u::Link *> links;
    double sum = 0;
    from->route_to(to, links, &sum);
    double least = std::numeric_limits<double>::infinity();
    for (s4u::Link *link : links)
      least = std::min(least, link->get_bandwidth());
    *latency = sum;
    *bandwidth = least;
    return !links.empty();
  } catch (std::exception const &) {
    return false;
  }
}

size_t ftblab_shim_own_links(sg_host_t host, sg_host_t peer, sg_host_t other, sg_link_t links[2])
{
  if (peer == nullptr)
    return 0;
  std::vector<s4u::Link *> there, back, between;
  size_t count = 0;
  try {
    host->route_to(peer, there, nullptr);
    peer->route_to(host, back, nullptr);
    if (other != nullptr) {
      peer->route_to(other, between, nullptr);
      other->route_to(peer, between, nullptr);
    }
  } catch (std::exception const &) {
    return 0; /* no route: nothing to turn off */
  }
  auto shared = [&between](const s4u::Link *link) {
    return std::find(between.begin(), between.end(), link) != between.end();
  };
  if (!there.empty() && !shared(there.front()))
    links[count++] = there.front();
  if (!back.empty() && !shared(back.back()) && (count == 0 || back.back() != links[0]))
    links[count++] = back.back();
  return count;
}

bool ftblab_shim_is_switch(const char *name)
{
  const auto *point = s4u::Engine::get_instance()->netpoint_by_name_or_null(name);
  return point != nullptr && point->is_router();
}

bool ftblab_shim_is_behind(sg_host_t host, const char *name)
{
  if (!ftblab_shim_is_switch(name))
    return false;
  const auto *zone = s4u::Engine::get_instance()->netpoint_by_name_or_null(name)->get_englobing_zone();
  for (const auto *at = host->get_netpoint()->get_englobing_zone(); at != nullptr; at = at->get_parent()) {
    if (at == zone)
      return true;
  }
  return false;
}

size_t ftblab_shim_switches(const char **names, size_t room)
{
  size_t count = 0;
  for (const auto *point : s4u::Engine::get_instance()->get_all_netpoints()) {
    if (point->is_router() && count++ < room)
      names[count - 1] = point->get_cname();
  }
  return count;
}

bool ftblab_shim_switch_links(const char *name, const sg_host_t *hosts, size_t count, ftblab_shim_each_link *each,
                              void *argument)
{
  using simgrid::kernel::resource::StandardLinkImpl;
  using simgrid::kernel::routing::NetZoneImpl;
  const auto *point = s4u::Engine::get_instance()->netpoint_by_name_or_null(name);
  std::unordered_map<const StandardLinkImpl *, bool> next;
  for (size_t i = 0; i < count; i++) {
    std::vector<StandardLinkImpl *> there, back;
    try { /* some zones have no routes to their own switch */
      NetZoneImpl::get_global_route(hosts[i]->get_netpoint(), point, there, nullptr);
      NetZoneImpl::get_global_route(point, hosts[i]->get_netpoint(), back, nullptr);
    } catch (std::exception const &) {
      continue;
    }
    if (!there.empty())
      next[there.back()] = true;
    if (!back.empty())
      next[back.front()] = true;
  }
  for (s4u::Link *link : s4u::Engine::get_instance()->get_all_links()) {
    if (next.count(link->get_impl()) > 0 && !each(argument, link))
      return false;
  }
  return true;
}

sg_link_t ftblab_shim_link(const char *name)
{
  return s4u::Engine::get_instance()->link_by_name_or_null(name);
}

const char *ftblab_shim_link_name(sg_link_t link)
{
  return link->get_cname();
}

size_t ftblab_shim_links(const char **names, size_t room)
{
  size_t count = 0;
  for (const auto *link : s4u::Engine::get_instance()->get_all_links()) {
    if (count++ < room)
      names[count - 1] = link->get_cname();
  }
  return count;
}

bool ftblab_shim_route_links(sg_host_t from, sg_host_t to, ftblab_shim_each *each, void *argument)
{
  std::vector<s4u::Link *> links;
  try {
    from->route_to(to, links, nullptr);
  } catch (std::exception const &) {
    return true;
  }
  for (const s4u::Link *link : links) {
    if (!each(argument, link->get_cname()))
      return false;
  }
  return true;
}

void ftblab_shim_link_switch(sg_link_t link, bool on)
{
  if (on)
    link->turn_on();
  else
    link->turn_off();
}

bool ftblab_shim_send(sg_host_t from, sg_host_t to, double bytes, ftblab_shim_ended *ended, void *argument)
{
  ended_activities.clear();
  if (!from->is_on() || !to->is_on()) /* SimGrid asserts it */
    return false;
  s4u::CommPtr comm = s4u::Comm::sendto_init(from, to);
  comm->set_payload_size(static_cast<uint64_t>(bytes));
  transfers.emplace(comm.get(), transfer{comm, ended, argument});
  comm->vetoable_start();
  return true;
}

bool ftblab_shim_disk_speed(sg_host_t host, double *read_bandwidth, double *write_bandwidth)
{
  if (host->get_disks().empty())
    return false;
  *read_bandwidth = host->get_disks().front()->get_read_bandwidth();
  *write_bandwidth = host->get_disks().front()->get_write_bandwidth();
  return true;
}

sg_disk_t ftblab_shim_disk(sg_host_t host, double read_bandwidth, double write_bandwidth)
{
  if (read_bandwidth <= 0 || write_bandwidth <= 0)
    return host->get_disks().empty() ? nullptr : host->get_disks().front();
  sg_disk_t disk = host->create_disk(host->get_name() + "-images", read_bandwidth, write_bandwidth);
  disk->seal();
  return disk;
}

bool ftblab_shim_disk_use(sg_disk_t disk, double bytes, bool write, ftblab_shim_ended *ended, void *argument)
{
  if (!disk->get_host()->is_on())
    return false;
  auto size = static_cast<sg_size_t>(bytes);
  s4u::ActorPtr user = s4u::Actor::init("disk", disk->get_host());
  user->set_stacksize(64); /* KiB: it only waits; the usual 8 MiB would be a mapping of its own each time */
  disk_users.emplace(user->get_pid(), disk_use{user, ended, argument});
  user->on_exit([pid = user->get_pid()](bool failed) { disk_use_ended(pid, !failed); });
  user->start([disk, size, write] { write ? disk->write(size) : disk->read(size); });
  return true;
}

void ftblab_shim_disk_stop(void)
{
  auto users = std::exchange(disk_users, {});
  for (auto &entry : users)
    entry.second.actor->kill();
}

void ftblab_shim_send_forget(void)
{
  for (auto &entry : transfers)
    ended_activities.push_back(std::move(entry.second.activity));
  transfers.clear();
}
}
