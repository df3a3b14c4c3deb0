' What the menu Relance XL does: saves the workbook, closes it, lets the program work, opens it again on the same cell.
Option Explicit

Const PROGRAM = "@PROGRAM@"
Const SAY_TITLE = "Relance XL"
Const SAY_NO_FOLDER = "@SAY_NO_FOLDER@"
Const SAY_READ_ONLY = "@SAY_READ_ONLY@"
Const SAY_NOT_SAVED = "@SAY_NOT_SAVED@"
Const SAY_NO_CUSTOMER = "@SAY_NO_CUSTOMER@"
Const SAY_NO_ANSWER = "@SAY_NO_ANSWER@"
Const SAY_SEND = "@SAY_SEND@"
Const SAY_CANCEL = "@SAY_CANCEL@"
Const SAY_CLOSE = "@SAY_CLOSE@"
Const SAY_AGREE = "@SAY_AGREE@"
Const SAY_WHO = "@SAY_WHO@"
Const SAY_NOT_AGREED = "@SAY_NOT_AGREED@"

Sub UpdateWorkbook
    Dim folder As String
    folder = SavedFolder(ThisComponent)
    If folder <> "" Then ActOnClosed(ThisComponent, folder, "export", "")
End Sub

Sub CheckWorkbook
    ActOnSaved("check")
End Sub

Sub PreviewLetters
    ActOnSaved("preview")
End Sub

Sub SendReminders
    Dim folder As String, said As String
    folder = SavedFolder(ThisComponent)
    If folder = "" Then Exit Sub
    said = Answer(folder, "question", "", "")
    If Left(KeyOf(said), 1) = "?" Then said = Released(folder, said)
    If KeyOf(said) = "" Then
        ' Nothing would leave, or something is wrong: that is all there is to say.
        ShowText(TextOf(said), SAY_CLOSE, "")
    ElseIf ShowText(TextOf(said), SAY_SEND, SAY_CANCEL) Then
        ActOnClosed(ThisComponent, folder, "send", KeyOf(said))
    End If
End Sub

' Two persons must agree: asks who sits here, and returns the question anew once what would leave is released.
Function Released(folder As String, said As String) As String
    Dim who As String, agreed As String
    Released = Chr(10) & SAY_NOT_AGREED
    If Not ShowText(TextOf(said), SAY_AGREE, SAY_CANCEL) Then Exit Function
    who = InputBox(SAY_WHO, SAY_TITLE)
    If Trim(who) = "" Then Exit Function
    agreed = Answer(folder, "agree", KeyOf(said), who)
    said = Answer(folder, "question", "", "")
    If Left(KeyOf(said), 1) = "?" Or KeyOf(said) = "" Then
        Released = Chr(10) & TextOf(agreed)
    Else
        Released = KeyOf(said) & Chr(10) & TextOf(agreed) & Chr(10) & TextOf(said)
    End If
End Function

Sub CustomerHistory
    Dim folder As String, code As String, customer As String
    folder = FolderOf(ThisComponent)
    If folder = "" Then
        ShowText(SAY_NO_FOLDER, SAY_CLOSE, "")
        Exit Sub
    End If
    code = CellOfRow(ThisComponent, "customer_code")
    If code = "" Then code = ShownCustomer(ThisComponent)
    customer = CellOfRow(ThisComponent, "customer")
    If code = "" And customer = "" Then
        ShowText(SAY_NO_CUSTOMER, SAY_CLOSE, "")
        Exit Sub
    End If
    ShowText(TextOf(Answer(folder, "history", code, customer)), SAY_CLOSE, "")
End Sub

' What only looks: the workbook may stay open.
Sub ActOnSaved(what As String)
    Dim folder As String
    folder = SavedFolder(ThisComponent)
    If folder <> "" Then ShowText(TextOf(Answer(folder, what, "", "")), SAY_CLOSE, "")
End Sub

' What changes the workbook: nobody may have it open meanwhile.
Sub ActOnClosed(document As Object, folder As String, what As String, agreed As String)
    Dim url As String, said As String, place As Variant
    url = document.getURL()
    place = PlaceIn(document)
    If document.isModified() Then document.store()
    document.close(True)
    said = Answer(folder, what, agreed, "")
    OpenAgain(url, place)
    ShowText(TextOf(said), SAY_CLOSE, "")
End Sub

' Saves the workbook, and returns its folder; "" where it is none of ours, or cannot be saved: that was said.
Function SavedFolder(document As Object) As String
    SavedFolder = FolderOf(document)
    If SavedFolder = "" Then
        ShowText(SAY_NO_FOLDER, SAY_CLOSE, "")
    ElseIf document.isReadonly() Then
        ShowText(SAY_READ_ONLY, SAY_CLOSE, "")
        SavedFolder = ""
    ElseIf document.isModified() Then
        On Error GoTo NotSaved
        document.store()
    End If
    Exit Function
NotSaved:
    ShowText(SAY_NOT_SAVED & Chr(10) & Error(), SAY_CLOSE, "")
    SavedFolder = ""
End Function

' The folder of the workbook with the settings, or one above it; "" where there is none.
Function FolderOf(document As Object) As String
    Dim folder As String, steps As Integer, slash As Integer
    FolderOf = ""
    If IsNull(document) Then Exit Function
    If Not document.supportsService("com.sun.star.sheet.SpreadsheetDocument") Then Exit Function
    folder = document.getURL()
    For steps = 1 To 5
        slash = LastSlash(folder)
        If slash < 9 Then Exit Function
        folder = Left(folder, slash - 1)
        If FileExists(folder & "/relance.toml") Then
            FolderOf = ConvertFromURL(folder)
            Exit Function
        End If
    Next steps
End Function

Function LastSlash(text As String) As Integer
    Dim place As Integer
    For place = Len(text) To 1 Step -1
        If Mid(text, place, 1) = "/" Then Exit For
    Next place
    LastSlash = place
End Function

' The sheet, column and row of the chosen cell.
Function PlaceIn(document As Object) As Variant
    Dim chosen As Object, where As Object
    chosen = document.getCurrentSelection()
    If Not IsNull(chosen) Then
        If chosen.supportsService("com.sun.star.sheet.SheetCellRanges") Then chosen = chosen.getByIndex(0)
    End If
    On Error GoTo Elsewhere
    where = chosen.getRangeAddress()
    PlaceIn = Array(document.getCurrentController().getActiveSheet().getName(), where.StartColumn, where.StartRow)
    Exit Function
Elsewhere:
    PlaceIn = Array(document.getCurrentController().getActiveSheet().getName(), 0, 0)
End Function

Sub OpenAgain(url As String, place As Variant)
    Dim document As Object, sheets As Object, sheet As Object
    document = StarDesktop.loadComponentFromURL(url, "_default", 0, Array())
    If IsNull(document) Then Exit Sub
    sheets = document.getSheets()
    If Not sheets.hasByName(place(0)) Then Exit Sub
    sheet = sheets.getByName(place(0))
    document.getCurrentController().setActiveSheet(sheet)
    document.getCurrentController().select(sheet.getCellByPosition(place(1), place(2)))
End Sub

' What stands in a column of ours in the chosen row, on whichever of our lists it is.
Function CellOfRow(document As Object, field As String) As String
    Dim names As Object, cell As Object, sheet As Object, place As Variant, anchor As Variant
    CellOfRow = ""
    place = PlaceIn(document)
    names = document.NamedRanges
    For Each anchor In Array("relance_c_", "relance_k_", "relance_a_", "relance_h_")
        If names.hasByName(anchor & field) Then
            cell = names.getByName(anchor & field).getReferredCells()
            If Not IsNull(cell) Then
                sheet = cell.getSpreadsheet()
                If sheet.getName() = place(0) And place(2) > cell.getRangeAddress().StartRow Then
                    CellOfRow = sheet.getCellByPosition(cell.getRangeAddress().StartColumn, place(2)).getString()
                    Exit Function
                End If
            End If
        End If
    Next anchor
End Function

' The customer whose card this is, or whose line of the dashboard: both keep the code in their first, hidden column.
Function ShownCustomer(document As Object) As String
    Dim names As Object, cell As Object, sheet As Object, place As Variant, shown As String
    ShownCustomer = ""
    place = PlaceIn(document)
    names = document.NamedRanges
    sheet = document.getSheets().getByName(place(0))
    If names.hasByName("relance_fiche_client") Then
        cell = names.getByName("relance_fiche_client").getReferredCells()
        If Not IsNull(cell) Then
            If cell.getSpreadsheet().getName() = place(0) Then shown = sheet.getCellByPosition(0, cell.getRangeAddress().StartRow).getString()
        End If
    End If
    If names.hasByName("relance_devise") Then
        cell = names.getByName("relance_devise").getReferredCells()
        If Not IsNull(cell) Then
            If cell.getSpreadsheet().getName() = place(0) Then shown = sheet.getCellByPosition(0, place(2)).getString()
        End If
    End If
    ShownCustomer = shown
End Function

' What the program answers: a line with a key, then what is to be read. It is asked by a file, which holds any letter.
Function Answer(folder As String, what As String, code As String, customer As String) As String
    Dim files As Object, writer As Object, asked As String, url As String
    files = CreateUnoService("com.sun.star.ucb.SimpleFileAccess")
    url = CreateUnoService("com.sun.star.util.PathSettings").Temp & "/relance-xl-" & Format(Now(), "yyyymmddhhnnss") & "-" & Int(Rnd() * 1000000)
    asked = folder & Chr(10) & what & Chr(10) & OneLine(code) & Chr(10) & OneLine(customer) & Chr(10)
    writer = CreateUnoService("com.sun.star.io.TextOutputStream")
    writer.setOutputStream(files.openFileWrite(url & ".txt"))
    writer.setEncoding("UTF-8")
    writer.writeString(asked)
    writer.closeOutput()
    Shell(PROGRAM, 0, "from-calc """ & ConvertFromURL(url & ".txt") & """", True)
    Answer = Chr(10) & SAY_NO_ANSWER
    If files.exists(url & ".txt.answer") Then
        Answer = ContentOf(files, url & ".txt.answer")
        files.kill(url & ".txt.answer")
    End If
    files.kill(url & ".txt")
End Function

Function ContentOf(files As Object, url As String) As String
    Dim source As Object, lines As String
    source = CreateUnoService("com.sun.star.io.TextInputStream")
    source.setInputStream(files.openFileRead(url))
    source.setEncoding("UTF-8")
    Do While Not source.isEOF()
        lines = lines & source.readLine() & Chr(10)
    Loop
    source.closeInput()
    ContentOf = lines
End Function

Function OneLine(text As String) As String
    OneLine = Join(Split(Join(Split(text, Chr(13)), " "), Chr(10)), " ")
End Function

Function KeyOf(said As String) As String
    KeyOf = Left(said, InStr(said, Chr(10)) - 1)
End Function

Function TextOf(said As String) As String
    TextOf = Mid(said, InStr(said, Chr(10)) + 1)
End Function

' Shows a text that may be long; True where the first button was pressed.
Function ShowText(text As String, yes As String, no As String) As Boolean
    Dim dialog As Object, model As Object
    model = CreateUnoService("com.sun.star.awt.UnoControlDialogModel")
    model.PositionX = 60
    model.PositionY = 40
    model.Width = 320
    model.Height = 190
    model.Title = SAY_TITLE
    AddText(model, text)
    AddButton(model, "yes", yes, 1, IIf(no = "", 135, 85))
    If no <> "" Then AddButton(model, "no", no, 2, 185)
    dialog = CreateUnoService("com.sun.star.awt.UnoControlDialog")
    dialog.setModel(model)
    dialog.createPeer(CreateUnoService("com.sun.star.awt.Toolkit"), Nothing)
    ShowText = (dialog.execute() = 1)
    dialog.dispose()
End Function

Sub AddText(model As Object, text As String)
    Dim shown As Object
    shown = model.createInstance("com.sun.star.awt.UnoControlEditModel")
    shown.PositionX = 6
    shown.PositionY = 6
    shown.Width = 308
    shown.Height = 156
    shown.MultiLine = True
    shown.ReadOnly = True
    shown.VScroll = True
    shown.TabIndex = 2
    shown.Text = text
    model.insertByName("text", shown)
End Sub

Sub AddButton(model As Object, id As String, label As String, kind As Integer, across As Integer)
    Dim button As Object
    button = model.createInstance("com.sun.star.awt.UnoControlButtonModel")
    button.PositionX = across
    button.PositionY = 168
    button.Width = 50
    button.Height = 16
    button.PushButtonType = kind
    button.DefaultButton = (kind = 1)
    button.Label = label
    button.TabIndex = IIf(kind = 1, 0, 1)
    model.insertByName(id, button)
End Sub
