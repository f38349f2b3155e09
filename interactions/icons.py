"""Which icon stands for which kind of contact, and for which mood."""

from interactions.models import Interaction

CHANNELS = {
    Interaction.Channel.CALL: "phone",
    Interaction.Channel.VISIT: "map-pin",
    Interaction.Channel.MEETING: "users",
    Interaction.Channel.SMS: "message-square",
    Interaction.Channel.ZALO: "message-circle",
    Interaction.Channel.EMAIL: "mail",
    Interaction.Channel.NOTE: "file-text",
}
MOODS = {
    Interaction.Mood.HAPPY: "smile",
    Interaction.Mood.NEUTRAL: "meh",
    Interaction.Mood.UPSET: "frown",
}
