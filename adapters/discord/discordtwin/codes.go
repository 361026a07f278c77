package discordtwin

import "slices"

// The opcodes of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opPresence       = 3
	opVoice          = 4
	opResume         = 6
	opReconnect      = 7
	opMembers        = 8
	opInvalidSession = 9
	opHello          = 10
	opACK            = 11
)

// Close codes of the gateway.
const (
	UnknownError         = 4000
	UnknownOpcode        = 4001
	DecodeError          = 4002
	NotAuthenticated     = 4003
	AuthenticationFailed = 4004
	AlreadyAuthenticated = 4005
	InvalidSeq           = 4007
	RateLimitedSends     = 4008
	SessionTimedOut      = 4009
	InvalidShard         = 4010
	ShardingRequired     = 4011
	InvalidVersion       = 4012
	InvalidIntents       = 4013
	DisallowedIntents    = 4014
)

// CloseCodes are all of them, FatalCodes those after which Discord says not to
// connect again.
var (
	CloseCodes = []int{4000, 4001, 4002, 4003, 4004, 4005, 4007, 4008, 4009, 4010, 4011, 4012, 4013, 4014}
	FatalCodes = []int{4004, 4010, 4011, 4012, 4013, 4014}
)

var reasons = map[int]string{
	4000: "Unknown error.", 4001: "Unknown opcode.", 4002: "Error while decoding payload.", 4003: "Not authenticated.",
	4004: "Authentication failed.", 4005: "Already authenticated.", 4007: "Invalid seq.", 4008: "Rate limited.",
	4009: "Session timed out.", 4010: "Invalid shard.", 4011: "Sharding required.", 4012: "Invalid API version.",
	4013: "Invalid intent(s).", 4014: "Disallowed intent(s).",
}

// endsSession tells whether a close code of Discord's ends the session.
func endsSession(code int) bool {
	return code == InvalidSeq || code == SessionTimedOut || slices.Contains(FatalCodes, code)
}
