//! The way to a peer: refused, broken, unresolved, too slow.

use crate::reading::triage::sign::signs;

signs! {
    DbConnection Database CLEAR "the server refuses connections" [
        "connection refused", "econnrefused", "connectionrefused*", "connect call failed", "actively refused",
        "connection was refused", "refused the connection", "refused to connect", "refusing connections",
        "refuses connections", "refused connection",
    ]
    DbConnection Database CLEAR "the connection broke" [
        "connection reset", "econnreset", "connectionreset*", "broken pipe", "epipe", "brokenpipe*",
        "connection aborted", "connectionaborted*", "forcibly closed by the remote host", "socket hang up",
        "unexpected eof", "unexpectedeof", "~connection closed", "~connection is closed",
        "~connection has been closed", "~connection was closed", "~connection lost", "~connection dropped",
        "~connection terminated", "~connection broken", "~socket closed", "~socket is closed", "other side closed",
        "server disconnected", "econnaborted", "the connection was lost", "~lost connection", "end of file",
    ]
    DbConnection Database CLEAR "the server's network cannot be reached" [
        "network is unreachable", "no route to host", "host is unreachable", "ehostunreach", "enetunreach",
        "host unreachable", "network unreachable", "hostunreachable", "networkunreachable", "host is down",
        "ehostdown", "cannot assign requested address", "eaddrnotavail",
    ]
    DbConnection Database CLEAR "the database's name does not resolve" [
        "enotfound", "name or service not known", "nodename nor servname", "temporary failure in name resolution",
        "failed to lookup address*", "no such host", "could not resolve host", "could not translate host name",
        "no address associated with hostname", "eai_again", "getaddrinfo failed", "unknown host",
        "unknownhostexception", "nxdomain", "name does not resolve", "name resolution", "no address found",
        "failed to resolve host", "gaierror", "servfail", "non-existing domain", "host not found", "unknownhost*",
        "getaddrinfo",
    ]
    DbTimeout Database CLEAR "the database did not answer in time" [
        "timeout expired", "etimedout", "i/o timeout", "connecttimeout*", "deadline exceeded", "deadline has elapsed",
    ]
    DbTimeout Database LIKELY "the database did not answer in time" [
        "timed out", "timeouterror", "timeout error", "~connection timeout", "~connect timeout", "timedout",
        "~read timeout", "socket timeout", "operation timeout", "connectiontimeout*", "timeoutexception", "time out",
        "~request timeout", "did not answer", "did not respond", "not responding", "timeout after",
    ]
    DbTimeout Database BROKE "a timeout is spoken of" [
        "~timeout",
    ]
    NetRefused Peer CLEAR "nobody listens there" [
        "connection refused", "econnrefused", "connectionrefused*", "connect call failed", "actively refused",
        "all connection attempts failed", "couldn't connect to server", "could not connect to server",
        "failed to connect to", "newconnectionerror", "failed to establish a new connection",
        "cannot connect to host", "clientconnectorerror", "connection was refused", "refused the connection",
        "refused to connect", "httphostconnectexception", "err_connection_refused", "can't connect to remote host",
        "could not connect to remote", "refused connection", "tcp connect error", "cannot connect to redis",
        "cannot connect to amqp", "the service refused the connection", "connect: connection refused",
        "failed to connect", "could not connect", "cannot connect", "can't connect", "unable to connect",
        "connection failed", "maxretriesperrequesterror", "reached the max retries per request limit", "connecterror",
        "connection error", "connectionerror", "nobrokersavailable", "all brokers are down", "no brokers available",
        "broker transport failure", "serverselectiontimeouterror", "server selection timed out & mongo*",
        "no servers found", "econnrefused & redis", "the host refused", "could not reach", "couldn't reach",
        "cannot reach", "can't reach", "unable to reach",
    ]
    NetRefused Nobody CLEAR "nobody listens there" [
        "connect call failed", "actively refused", "all connection attempts failed", "connectionrefused*",
        "econnrefused",
    ]
    DbConnection Nobody CLEAR "the checklist's first guess is the database" [
        "connection refused",
    ]
    NetRefused Nobody LIKELY "it may be another service than the database" [
        "connection refused",
    ]
    NetRefused Other CLEAR "the connection broke" [
        "connection reset", "econnreset", "connectionreset*", "connection was reset", "connection aborted",
        "connectionaborted*", "connection was aborted", "server disconnected", "serverdisconnectederror",
        "disconnected without sending", "connection closed before message completed", "incomplete message",
        "incompletemessage", "incompleteread*", "incomplete read", "socket hang up", "other side closed",
        "und_err_socket", "socketerror", "remotedisconnected", "remote end closed connection", "remoteprotocolerror",
        "localprotocolerror", "peer closed connection", "peer closed the connection", "prematurely closed",
        "premature close", "err_stream_premature_close", "premature end of", "connectionclosedexception",
        "forcibly closed by the remote host", "broken pipe", "brokenpipe*", "epipe",
        "unexpected end of file from server", "unexpected eof", "unexpectedeof", "empty reply from server",
        "recv failure", "send failure", "transfer closed with", "connection closed unexpectedly",
        "connection closed by peer", "connection closed by remote host", "closed by the remote host",
        "closed by remote host", "stream was reset", "stream was not closed cleanly", "http/2 stream", "stream error",
        "stream closed", "rst_stream", "streamresetexception", "goaway", "connectionterminated",
        "connection shutdown", "connectionshutdownexception", "protocol error", "protocolerror", "err_http2_*",
        "http2 error", "http2streamerror", "http/2 error", "h2 protocol error", "nohttpresponseexception",
        "failed to respond & http*", "no response from server", "header parser received no bytes",
        "~connection has been closed", "~connection is closed", "~connection closed", "~connection lost",
        "~lost connection", "lost redis connection", "~connection dropped", "~connection interrupted",
        "~connection broken", "~connection terminated", "chunkedencodingerror", "invalidchunklength",
        "clientpayloaderror", "clientoserror", "response ended prematurely", "ended prematurely",
        "stream has been aborted", "server aborted pending request", "aborted pending request", "response aborted",
        "got eof", "eoferror: end of file reached", "eoferror & http*", "eoferror & socket*",
        "eoferror & connection*", "eoferror & redis*", "eoferror & broker*", "eofexception",
        "server closed idle connection", "transport connection broken", "malformed http", "http: server closed",
        "bad server response", "badstatusline", "bad status line", "illegal status line", "malformed response",
        "parse error: expected http", "hpe_invalid*", "hpe_*", "invalid http version", "invalid http-version",
        "received http/0.9 when not allowed", "weird server reply", "unsupported or incorrect http",
        "invalid response & http", "upstream prematurely closed connection", "upstream connect error",
        "disconnect/reset before headers", "connection termination", "no live upstreams", "connect() failed (111",
        "upstream sent invalid header", "error reading a body from connection", "error reading from connection",
        "error writing a body to connection", "unexpected eof during chunk size line", "body write aborted",
        "channel closed & hyper*", "dispatch task is gone", "httpx.writeerror", "httpcore.writeerror",
        "writeerror & http*", "writeerror & connection*", "httpx.readerror", "httpcore.readerror",
        "readerror & http*", "readerror & connection*", "proxyerror", "proxy connection",
        "unable to connect to proxy", "tunnel connection failed", "proxyconnect", "received http code..from proxy",
        "cannot connect to proxy", "socks", "err_socket_closed", "err_stream_destroyed",
        "cannot call write after a stream was destroyed", "write after end", "network error", "err_network",
        "networkerror", "typeerror: failed to fetch", "typeerror: load failed", "err_connection_*",
        "err_empty_response", "err_internet_disconnected", "connection unexpectedly closed", "unexpectedly closed",
        "smtpserverdisconnected", "~websocket closed", "websocket connection..failed", "websocketclosed",
        "closeerror", "wsarecv", "wsasend", "software caused connection abort", "no more data to read from socket",
        "connection already closed", "connection closed & redis", "~socket closed", "~socket is closed",
        "this socket has been ended", "connection is not connected", "~not connected", "enotconn", "eshutdown",
        "esocket", "unexpected response (0x", "~connection was closed", "was closed unexpectedly",
        "wes closed unexpectedly", "service unavailable & grpc", "code = unavailable", "statuscode.unavailable",
        "14 unavailable", "unavailable: ", "closedchannelexception", "unexpected end of stream",
        "~unexpected end of file", "end of stream", "eof & http*", ": eof", "premature eof",
        "resourceaccessexception", "i/o error on", "connectexception", "no healthy upstream", "upstream unavailable",
        "no upstream", "connection to broker lost", "connection to redis lost", "redis connection lost",
        "loading redis is loading", "redis is loading the dataset", "clusterdown", "masterdown", "~tryagain",
        "stripeconnectionerror", "stripe.error.apiconnectionerror", "apiconnectionerror",
        "an error occurred with our connection", "could not contact", "not reachable", "websocketexception",
        "websocket: close", "~ws: ", "connection to..failed", "connection to..refused", "connection to..lost",
        "~connection to..closed", "error connecting to", "failed to open connection", "read: connection",
        "write: connection", "no response received", "server is not responding & refused", "service is unavailable",
        "server is down", "backend is down", "the server is unavailable", "server unavailable",
        "host is not reachable", "connection attempt failed", "got nothing back", "http/2 connection",
        "unexpected disconnect", "disconnected unexpectedly", "stream disconnected", "reset by peer", "reset reason",
        "connection pool..disconnected", "maxretriesperrequesterror", "retriable..connection",
        "unrecoverable connection", "channel shutdown", "channel closed by server", "connection_forced",
        "connection forced", "kafkaerror", "kafkajs*..connection", "noconnection*", "clientconnectionreseterror",
        "clientconnectionerror", "clienthttpproxyerror", "invalidurlclienterror", "brokenpipeerror",
        "connectionreseterror", "connectionabortederror", "connectionrefusederror",
    ]
    NetRefused Other CLEAR "the network cannot be reached" [
        "network is unreachable", "no route to host", "host is unreachable", "ehostunreach", "enetunreach",
        "host unreachable", "network unreachable", "hostunreachable", "networkunreachable", "noroutetohostexception",
        "network is down", "enetdown", "host is down", "ehostdown", "eaddrnotavail & connect",
        "a socket operation was attempted to an unreachable", "address is not available",
        "address family not supported",
    ]
    NetDns Other CAUSE "the name does not resolve" [
        "dns error", "failed to lookup address*", "name or service not known", "temporary failure in name resolution",
        "nodename nor servname", "no address associated with hostname", "getaddrinfo enotfound",
        "getaddrinfo eai_again", "getaddrinfo", "gaierror", "eai_again", "eai_*", "enotfound", "no such host",
        "unknownhostexception", "unknownhost*", "unknown host", "nameresolutionerror", "failed to resolve",
        "clientconnectordnserror", "could not resolve host", "couldn't resolve host", "unable to resolve host",
        "could not resolve proxy", "could not resolve hostname", "unable to resolve", "cannot resolve",
        "could not be resolved", "host could not be resolved", "remote name could not be resolved",
        "err_name_not_resolved", "nxdomain", "servfail", "server misbehaving", "~dns resolution", "~dns lookup",
        "dns lookup..timed out", "dns lookup..timeout", "~dns query", "dns query..timed out", "dns failure",
        "dns server returned", "dnsnxdomain", "no nameservers", "dns.resolver.*", "name resolution",
        "unresolvedaddressexception", "no address found", "host not found", "host name..not known",
        "no such host is known", "wsahost_not_found", "querya enotfound", "querysrv", "queryns",
        "lookup..i/o timeout", "lookup..no such host", "non-existing domain", "non-existent domain", "bad address '",
        "bad address \"", "bad address `", "eservfail", "enodata", "querya..nodata", "dns..nodata", "dns..noanswer",
        "etimeout", "queryaaaa", "resolver error", "resolution failed", "error resolving dns",
        "incorrect host(domain) value", "could not translate host name", "domain name not found", "name not known",
        "the name does not resolve", "unresolvable", "resolve error", "host..not found in upstream",
        "host not found in upstream", "failed host lookup", "host..is unknown", "cannot find host", "no dns",
        "~dns: ", "dns_probe*", "~nameservers", "resolv*..failed", "failed to lookup", "dns lookup failed",
        "host lookup failed", "hostname lookup failed", "name lookup failed", "address lookup failed",
        "hostname not found", "hostname could not be found", "server could not be found",
        "server with the specified hostname could not be found", "~name server", "err_dns*", "err_name*",
        "resolution error", "domain does not exist", "domain not found", "nonexistent domain", "could not lookup",
        "unknown name or service", "dnsexception", "dnsnameresolverexception", "unknownhost", "nodename", "gai error",
    ]
    NetDns Any CAUSE "the name does not resolve" [
        "lookup..53: read udp", "could not resolve host", "err_name_not_resolved", "dns error & http*",
    ]
    NetTimeout Other LIKELY "there was no answer in time" [
        "timed out", "timed out waiting", "timed out while", "timed out after", "request timed out", "timeouterror",
        "timeout error", "timeoutexception", "timedout", "timeout waiting for", "timeout while", "timeout after",
    ]
    NetTimeout Other CLEAR "there was no answer in time" [
        "timeout was reached", "readtimeout*", "~read timeout", "read timed out", "connecttimeout*",
        "~connect timeout", "connect timed out", "connection timed out", "~connection timeout", "connectiontimeout*",
        "writetimeout*", "write timeout", "pooltimeout", "sockettimeout*", "socket timeout", "servertimeout*",
        "httptimeoutexception", "httpconnecttimeoutexception", "headerstimeouterror", "bodytimeouterror",
        "headers timeout", "body timeout", "etimedout", "esockettimedout", "und_err_connect_timeout",
        "und_err_headers_timeout", "und_err_body_timeout", "econnaborted..timeout", "timeout of..ms exceeded",
        "timeout of..exceeded", "timeout exceeded", "timeout awaiting", "exceeded..timeout", "deadline has elapsed",
        "deadline exceeded", "deadline_exceeded", "deadlineexceeded", "context deadline exceeded",
        "client.timeout exceeded", "awaiting headers", "i/o timeout", "tls handshake timeout", "network timeout",
        "gateway timeout", "gateway time-out", "~request timeout", "response timeout", "response timed out",
        "operation timed out", "operation timeout", "operation too slow", "less than..bytes/sec",
        "timeout reading from socket", "timeout connecting", "timeout has occurred", "err_timed_out",
        "err_connection_timed_out", "err_jwks_timeout", "timeout expired", "no answer in time",
        "did not respond in time", "took too long to respond", "upstream timed out", "upstream request timeout",
        "stream timeout", "greeting never received", "did not properly respond after a period of time",
        "taskcanceledexception..httpclient.timeout", "httpclient.timeout",
        "the request was canceled due to the configured httpclient.timeout", "timeoutexpired",
        "connection attempt timed out", "redis connection timeout", "waiting for response", "waited too long",
        "did not answer within", "did not complete a connection within", "504 gateway", "asynctimeout*",
        "lua..timeout", "command timed out", "sent, no response", "statuscode.deadline_exceeded",
        "code = deadlineexceeded", "4 deadline_exceeded", "408 request", "failed to reach hook within maximum time",
        "connection dial timeout", "aborted due to timeout", "due to timeout",
        "timeout waiting for connection from pool", "connectionpooltimeoutexception", "readtimeoutexception",
        "request to..timed out", "requesttimeout", "gave up waiting", "no reply within", "did not reply",
        "no response within", "not respond within", "within the timeout", "within the configured timeout",
        "~within..seconds & respon*", "~within..seconds & answer*", "~within..seconds & connect*",
        "~within..seconds & reply*", "~within..seconds & request*", "exceeded the timeout", "exceeded timeout",
        "timeout limit", "execution expired", "net::readtimeout", "net::opentimeout", "faraday::timeouterror",
        "err_http_request_timeout", "err_request_timeout", "err_socket_connection_timeout", "apitimeouterror",
        "apiconnectiontimeouterror", "polling timed out", "webhook timed out", "ping timeout",
        "heartbeat..timed out & amqp*", "heartbeat..timed out & websocket*", "heartbeat..timed out & connection*",
        "heartbeat..timed out & broker*", "heartbeat..timed out & socket*", "keepalive timeout",
        "keepalive watchdog timeout", "deadline expired", "deadlineexceedederror",
        "operation was canceled due to timeout", "request has timed out", "the operation has timed out",
        "the request timed out", "connect etimedout", "connect timeout error", "headers timeout error",
        "body timeout error",
    ]
    NetTimeout Other BROKE "a timeout is spoken of" [
        "~timeout", "~timeouts", "econnaborted",
    ]
    NetRefused Peer BROKE "something between here and there failed" [
        "fetch failed", "axioserror", "request failed", "error sending request", "requestexception", "urlerror",
        "max retries exceeded", "transporterror", "http request failed", "requesterror", "fetcherror", "econn*",
    ]
    NetRefused Any CLEAR "the connection broke" [
        "maxretriesperrequesterror", "connection to broker lost",
    ]
    NetRefused Any INNER "the connection broke" [
        "server closed idle connection", "closed idle connection", "failed to open tcp connection",
        "failed to open a connection to", "goaway and closed", "stream was reset", "refused_stream",
        "no live upstreams", "prematurely closed connection while", "while connecting to upstream",
    ]
    NetRefused Other LIKELY "something was not to be had" [
        "failed to fetch",
    ]
}
