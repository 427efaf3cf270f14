/* Network addresses that are never a model server. */
#ifndef BASE_NETADDR_H
#define BASE_NETADDR_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Link-local addresses and those where clouds answer with credentials, IPv4 and
 * IPv6, also the former written as the latter.  addr is a sockaddr_in or
 * sockaddr_in6; other families are not.
 */
bool netaddr_is_metadata(const struct sockaddr *addr);

#endif
