package discordtwin

import "slices"

// Operations, as Discord's own description names them, for CallsTo, Count and Fault.
const (
	GetGateway           = "get_gateway"
	GetBotGateway        = "get_bot_gateway"
	GetMyUser            = "get_my_user"
	GetMyApplication     = "get_my_application"
	ListMyGuilds         = "list_my_guilds"
	CreateDM             = "create_dm"
	GetUser              = "get_user"
	GetChannel           = "get_channel"
	GetGuild             = "get_guild"
	ListGuildChannels    = "list_guild_channels"
	GetActiveThreads     = "get_active_guild_threads"
	ListMessages         = "list_messages"
	GetMessage           = "get_message"
	CreateMessage        = "create_message"
	UpdateMessage        = "update_message"
	DeleteMessage        = "delete_message"
	TriggerTyping        = "trigger_typing_indicator"
	CreateThread         = "create_thread_from_message"
	ListCommands         = "list_application_commands"
	CreateCommand        = "create_application_command"
	DeleteCommand        = "delete_application_command"
	BulkSetCommands      = "bulk_set_application_commands"
	ListGuildCommands    = "list_guild_application_commands"
	CreateGuildCommand   = "create_guild_application_command"
	DeleteGuildCommand   = "delete_guild_application_command"
	BulkSetGuildCommands = "bulk_set_guild_application_commands"
	Callback             = "create_interaction_response"
	Followup             = "execute_webhook"
	GetOriginal          = "get_original_webhook_message"
	UpdateOriginal       = "update_original_webhook_message"
	DeleteOriginal       = "delete_original_webhook_message"
	GetFollowup          = "get_webhook_message"
	UpdateFollowup       = "update_webhook_message"
	DeleteFollowup       = "delete_webhook_message"
)

// Ops are all operations that the twin has, sorted.
func Ops() []string {
	var ops []string
	for _, r := range table {
		ops = append(ops, r.op)
	}
	slices.Sort(ops)
	return ops
}
